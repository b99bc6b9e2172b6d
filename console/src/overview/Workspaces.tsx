import { Text } from "@mantine/core";
import type { Organization, Workspace } from "../api/places";
import { DataTable } from "../ui/DataTable";
import { LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ToneBadge } from "../ui/StatusBadge";

interface Props {
  workspaces: readonly Workspace[] | undefined;
  organizations: readonly Organization[] | undefined;
  error: unknown;
  retry: () => void;
  more: boolean;
}

type Row = { kind: "workspace"; place: Workspace } | { kind: "organization"; place: Organization };

/** Where one belongs, and what one is there. */
export function Workspaces({ workspaces, organizations, error, retry, more }: Props) {
  const rows: Row[] | undefined = workspaces && organizations && [...organizations.map((place): Row => ({ kind: "organization", place })), ...workspaces.map((place): Row => ({ kind: "workspace", place }))];
  return (
    <Panel title="Workspaces and organizations">
      {error ? <div style={{ padding: "var(--mantine-spacing-md)" }}><ProblemAlert error={error} retry={retry} /></div> : (
        <DataTable
          caption="Workspaces and organizations"
          columns={[
            {
              id: "name", head: "Name",
              cell: (r: Row) => {
                const name = r.place.name || r.place.id;
                // Who may list no keys there has no page to go to.
                if (!r.place.may.includes("keys.list")) return <Text span size="sm">{name}</Text>;
                return r.kind === "workspace" ? <LinkTo to="/workspaces/$workspace/keys" params={{ workspace: r.place.id }} size="sm">{name}</LinkTo> : <LinkTo to="/organizations/$organization/keys" params={{ organization: r.place.id }} size="sm">{name}</LinkTo>;
              },
            },
            { id: "kind", head: "Kind", cell: (r) => (r.kind === "workspace" ? "Workspace" : "Organization") },
            { id: "of", head: "Organization", cell: (r) => (r.kind === "workspace" ? (r.place.organization_name || r.place.organization_id || <Text span size="sm" c="dimmed">none</Text>) : <Text span size="sm" c="dimmed">–</Text>) },
            { id: "role", head: "Your role", cell: (r) => r.place.role ?? <Text span size="sm" c="dimmed">none</Text> },
            { id: "keys", head: "Personal keys", cell: (r) => (r.kind === "organization" ? <Text span size="sm" c="dimmed">–</Text> : r.place.archived ? <ToneBadge tone="neutral">Archived</ToneBadge> : r.place.personal_keys_enabled ? "Allowed" : "Not allowed") },
          ]}
          rows={rows?.slice(0, 20)}
          rowKey={(r) => r.kind + r.place.id}
          skeletons={3}
          empty={<Text size="sm" c="dimmed" p="md">You are in no workspace and no organization.</Text>}
        />
      )}
      {more || (rows?.length ?? 0) > 20 ? <Text size="xs" c="dimmed" px="md" pb="sm">There are more: the switcher at the top finds them by name.</Text> : null}
    </Panel>
  );
}
