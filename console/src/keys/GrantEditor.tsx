import { ActionIcon, Input, NativeSelect, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBox, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type Grant, type Permission, type Resource, resourcesQuery } from "../api/keys";
import { type Workspace, workspacesQuery } from "../api/places";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Keys.module.css";
import { grantID, isOnWorkspace } from "./scope";
import type { OrganizationNames } from "./names";

const permissions: { value: Permission; label: string }[] = [
  { value: "read", label: "Read" },
  { value: "write", label: "Write" },
  { value: "admin", label: "Admin" },
];

interface Props {
  organization: string;
  grants: readonly Grant[];
  onChange: (grants: Grant[]) => void;
  names: OrganizationNames;
  /** What its search found, and was chosen: `names` may lack it. */
  onFound: (workspaces: Workspace[], resources: Resource[]) => void;
  error?: ReactNode;
}

/** Picks workspaces and workflows of an organization, and for each what the key may do there. */
export function GrantEditor({ organization, grants, onChange, onFound, names, error }: Props) {
  const [q, setQ] = useState("");
  const [asked] = useDebouncedValue(q.trim(), 200);
  const filter = asked ? { q: asked } : {};
  const workspaces = useQuery({ ...workspacesQuery({ organization_id: organization, limit: 50, ...filter }), placeholderData: keepPreviousData });
  const workflows = useQuery({ ...resourcesQuery({ organization_id: organization }, { type: "workflow", limit: 50, ...filter }), placeholderData: keepPreviousData });
  const has = (id: string) => grants.some((g) => grantID(g) === id);
  const options = [
    { group: "Workspaces, with everything in them", items: (workspaces.data?.data ?? []).map((w) => ({ value: "workspace " + w.id, label: w.name || w.id })).filter((o) => !has(o.value)) },
    { group: "Workflows", items: (workflows.data?.data ?? []).map((w) => ({ value: "workflow " + w.id, label: (w.name || w.id) + inWorkspace(names, w.workspace_id) })).filter((o) => !has(o.value)) },
  ].filter((g) => g.items.length > 0);
  const add = (chosen: string | null) => {
    if (!chosen) return;
    const [kind, id] = chosen.split(" ") as [string, string];
    setQ("");
    onFound((workspaces.data?.data ?? []).filter((w) => kind === "workspace" && w.id === id), (workflows.data?.data ?? []).filter((w) => kind === "workflow" && w.id === id));
    onChange([...grants, kind === "workspace" ? { workspace_id: id, permission: "write" } : { workflow_id: id, permission: "write" }]);
  };
  const more = workspaces.data?.pagination.has_more || workflows.data?.pagination.has_more;
  return (
    <Stack gap={8}>
      <Select
        label="Add a workspace or workflow"
        placeholder="Find by name or id"
        searchable
        value={null}
        searchValue={q}
        onSearchChange={setQ}
        onChange={add}
        data={options}
        filter={({ options: all }) => all}
        maxDropdownHeight={260}
        nothingFoundMessage={workspaces.isLoading || workflows.isLoading ? "Looking…" : asked ? "Nothing else is called so" : "Nothing else is here"}
        {...(more ? { description: "There are more than are listed: type a part of the name." } : {})}
        error={error}
        comboboxProps={{ withinPortal: true }}
      />
      <ProblemAlert error={workspaces.error ?? workflows.error} title="What is in the organization can't be listed" />
      {grants.length === 0 ? <Text size="sm" c="dimmed">Nothing is chosen yet. The key reaches what you add here, and nothing else.</Text> : (
        <ul className={classes.grants} aria-label="What the key reaches">
          {grants.map((grant) => {
            const id = grantID(grant);
            const onWorkspace = isOnWorkspace(grant);
            const name = onWorkspace ? names.workspaces[grant.workspace_id] || grant.workspace_id : names.workflows[grant.workflow_id] || grant.workflow_id;
            return (
              <li key={id} className={classes.grant}>
                {onWorkspace ? <IconBox size={16} aria-hidden /> : <IconPlayerPlay size={16} aria-hidden />}
                <span className={classes.grantName}>
                  <Text component="span" size="sm" fw={500}>{name}</Text>
                  <Text component="span" size="xs" c="dimmed" display="block">{onWorkspace ? "Workspace, and everything in it" : "Workflow" + inWorkspace(names, names.workspaceOf[grant.workflow_id])}</Text>
                </span>
                <NativeSelect size="xs" aria-label={`Permission on ${name}`} data={permissions} value={grant.permission} onChange={(e) => { const permission = e.currentTarget.value as Permission; onChange(grants.map((g) => (grantID(g) === id ? { ...g, permission } : g))); }} />
                <ActionIcon variant="subtle" color="gray" size={28} aria-label={`Take ${name} away`} onClick={() => onChange(grants.filter((g) => grantID(g) !== id))}><IconX size={15} aria-hidden /></ActionIcon>
              </li>
            );
          })}
        </ul>
      )}
      <Input.Description>Read: look at workflows, logs and metrics. Write: execute and change them too. Admin: deploy and delete too.</Input.Description>
    </Stack>
  );
}

function inWorkspace(names: OrganizationNames, id: string | null | undefined): string {
  return id ? " in " + (names.workspaces[id] || id) : "";
}
