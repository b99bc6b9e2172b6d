import { Text } from "@mantine/core";
import { IconBuilding } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keyUseQuery, type ReachingKey, reachingKeysQuery } from "../api/keys";
import { organizationQuery, type Workspace } from "../api/places";
import type { Column } from "../ui/DataTable";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { LinkButton } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { nameColumn, stateColumn, usageColumn, usedColumn } from "./columns";
import { isLike } from "./filters";
import { KeyFilters, type KeySearch } from "./KeyFilters";
import { NoKeyLikeThis } from "./KeyList";
import type { OrganizationNames } from "./names";
import { grantID, isOnWorkspace } from "./scope";

const words = { read: "Read", write: "Write", admin: "Admin" };

/** The organization's keys that reach a workspace, with what they are granted in it and no more. */
export function ReachingKeys({ workspace, names, search, onSearch }: { workspace: Workspace; names: OrganizationNames; search: KeySearch; onSearch: (search: KeySearch) => void }) {
  const reaching = useQuery({ ...reachingKeysQuery(workspace.id), enabled: workspace.organization_id !== null && workspace.may.includes("reaching_keys.list") });
  const use = useQuery({ ...keyUseQuery({ workspace: workspace.id }), enabled: workspace.may.includes("decision_log.read") });
  const organization = useOrganizationIfAny(workspace.organization_id);
  // All of them are on one page.
  const { q, status } = search;
  const rows = useMemo(() => reaching.data?.filter((key) => isLike(key, { ...(q ? { q } : {}), ...(status ? { status } : {}) })), [reaching.data, q, status]);
  const manages = organization?.may.includes("keys.read") ?? false;
  const organizationName = workspace.organization_name || workspace.organization_id || "";
  if (workspace.organization_id === null) {
    return <EmptyState icon={<IconBuilding size={22} />} title="This workspace is in no organization">Organization keys reach workspaces of their organization alone. None can reach {workspace.name || workspace.id}.</EmptyState>;
  }
  const toThem = <LinkButton to="/organizations/$organization/keys" params={{ organization: workspace.organization_id }} variant="default" size="xs">Manage organization keys</LinkButton>;
  if (reaching.error) return <ProblemAlert error={reaching.error} title="The keys that reach this workspace can't be listed" retry={() => void reaching.refetch()} />;
  if (reaching.data?.length === 0) {
    return <EmptyState icon={<IconBuilding size={22} />} title="No organization key reaches this workspace" action={manages ? toThem : null}>The admins of {organizationName} create organization keys, and grant them workspaces and workflows. Those that are granted something here are listed.</EmptyState>;
  }
  const columns: Column<ReachingKey>[] = [
    nameColumn(manages) as Column<ReachingKey>,
    stateColumn as Column<ReachingKey>,
    {
      id: "grants", head: "Granted here",
      cell: (key) => (
        <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {(key.grants ?? []).map((g) => <li key={grantID(g)}><Text component="span" size="sm">{isOnWorkspace(g) ? "The whole workspace" : names.workflows[g.workflow_id] || g.workflow_id}</Text> <Text component="span" size="xs" c="dimmed">{words[g.permission]}</Text></li>)}
        </ul>
      ),
    },
    { id: "permission", head: "At most", cell: (key) => <strong>{words[key.permission]}</strong> },
    usedColumn(use.data, true) as Column<ReachingKey>,
    ...(use.data ? [{ ...usageColumn(use.data), head: "14 days, here" } as Column<ReachingKey>] : []),
  ];
  return (
    <Panel title={`Keys of ${organizationName} that reach this workspace`} actions={manages ? toThem : null}>
      <KeyFilters search={search} onChange={onSearch} />
      <DataTable
        caption={`Keys of ${organizationName} that reach this workspace`} columns={columns} rows={rows} rowKey={(key) => key.id}
        empty={<NoKeyLikeThis onClear={() => onSearch({ q: "", status: "" })} />}
      />
    </Panel>
  );
}

function useOrganizationIfAny(id: string | null) {
  return useQuery({ ...organizationQuery(id ?? ""), enabled: id !== null }).data;
}
