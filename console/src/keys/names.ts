import { useQueries, useQuery } from "@tanstack/react-query";
import { type Grant, type Key, type Permission, type Resource, resourceQuery, resourcesQuery } from "../api/keys";
import { organizationQuery, type Workspace, workspaceQuery, workspacesQuery } from "../api/places";
import { isOnWorkspace, type Names } from "./scope";

/** What is in an organization, by id: the first two hundred workspaces and workflows, and those that are asked for beside. */
export interface OrganizationNames extends Names {
  owners: Record<string, string>;
  workspaceOf: Record<string, string>;
  resources: Resource[];
  /** One's own role by workspace, which is what a personal key may do there. Only where it may do anything. */
  roles: Record<string, Permission>;
}

const noNames: OrganizationNames = { workspaces: {}, workflows: {}, owners: {}, workspaceOf: {}, resources: [], roles: {} };

function namesOf(workspaces: readonly Workspace[], resources: readonly Resource[]): OrganizationNames {
  const names: OrganizationNames = { workspaces: {}, workflows: {}, owners: {}, workspaceOf: {}, resources: [...resources], roles: {} };
  for (const w of workspaces) {
    names.workspaces[w.id] = w.name;
    names.owners[w.id] = w.owner_name || w.owner_id;
    if (w.role && w.personal_keys_enabled && !w.archived) names.roles[w.id] = w.role;
  }
  for (const r of resources) {
    if (r.type !== "workflow") continue;
    names.workflows[r.id] = r.name;
    if (r.workspace_id) names.workspaceOf[r.id] = r.workspace_id;
  }
  return names;
}

/** Names, and what was found beside them. */
export function withFound(names: OrganizationNames, workspaces: readonly Workspace[], resources: readonly Resource[]): OrganizationNames {
  const found = namesOf(workspaces, resources);
  return {
    workspaces: { ...names.workspaces, ...found.workspaces },
    workflows: { ...names.workflows, ...found.workflows },
    owners: { ...names.owners, ...found.owners },
    workspaceOf: { ...names.workspaceOf, ...found.workspaceOf },
    resources: [...names.resources, ...resources.filter((r) => !names.resources.some((n) => n.type === r.type && n.id === r.id))],
    roles: { ...names.roles, ...found.roles },
  };
}

export function useOrganizationNames(organization: string, grants: readonly Grant[] = [], enabled = true): OrganizationNames {
  const workspaces = useQuery({ ...workspacesQuery({ organization_id: organization, limit: 200 }), enabled });
  const workflows = useQuery({ ...resourcesQuery({ organization_id: organization }, { type: "workflow", limit: 200 }), enabled });
  const found = workflows.data?.data ?? [];
  const missing = workflows.data ? grants.flatMap((g) => (isOnWorkspace(g) || found.some((r) => r.id === g.workflow_id) ? [] : [g.workflow_id])) : [];
  const beside = useMissing(missing, enabled);
  if (!enabled) return noNames;
  return namesOf(workspaces.data?.data ?? [], [...found, ...beside]);
}

export function useWorkspaceNames(workspace: Workspace | undefined, wanted: readonly string[] = []): OrganizationNames {
  const workflows = useQuery({ ...resourcesQuery({ workspace_id: workspace?.id ?? "" }, { type: "workflow", limit: 200 }), enabled: workspace !== undefined });
  const found = workflows.data?.data ?? [];
  const beside = useMissing(workflows.data ? wanted.filter((id) => !found.some((r) => r.id === id)) : [], workspace !== undefined);
  return namesOf(workspace ? [workspace] : [], [...found, ...beside]);
}

/** The few that the first page does not have. */
function useMissing(ids: readonly string[], enabled: boolean): Resource[] {
  return useQueries({ queries: ids.slice(0, 20).map((id) => ({ ...resourceQuery("workflow", id), enabled, retry: false })) }).flatMap((r) => r.data ?? []);
}

/** What one's personal keys reach: the names of one's workspaces, and the workflows of a few of them, those first where they may do more than read. */
export function usePersonalNames(enabled = true): OrganizationNames {
  const mine = useQuery({ ...workspacesQuery({ limit: 200 }), enabled });
  const workspaces = mine.data?.data ?? [];
  // An admin of an organization is told of workspaces where they are no member: there their key does nothing.
  const open = workspaces.filter((w) => w.role && w.personal_keys_enabled && !w.archived);
  // One alone may be empty, as one's own that was just made is.
  const few = [...open.filter((w) => w.role !== "read"), ...open.filter((w) => w.role === "read")].slice(0, 5);
  const workflows = useQueries({ queries: few.map((w) => ({ ...resourcesQuery({ workspace_id: w.id }, { type: "workflow", limit: 200 }), enabled })) });
  return namesOf(workspaces, workflows.flatMap((found) => found.data?.data ?? []));
}

/** Whether a key's place is known yet: until it is, nobody knows what one may do there. */
export interface PlaceState {
  loading: boolean;
  error: Error | null;
  retry: () => void;
}

/** What is known of the place of one key: for the words of what it reaches, and for what one may do with it. */
export function useKeyPlace(key: Key | undefined) {
  const workspace = useQuery({ ...workspaceQuery(key?.workspace_id ?? ""), enabled: key?.type === "workspace" });
  const organization = useQuery({ ...organizationQuery(key?.organization_id ?? ""), enabled: key?.type === "organization" });
  const inWorkspace = useWorkspaceNames(workspace.data, key?.workflow_ids ?? []);
  const inOrganization = useOrganizationNames(key?.organization_id ?? "", key?.grants ?? [], key?.type === "organization");
  const mine = usePersonalNames(key?.type === "personal");
  const workspaces = useQuery({ ...workspacesQuery({ limit: 200 }), enabled: key?.type === "personal" });
  const place = key?.type === "organization" ? organization : key?.type === "personal" ? workspaces : workspace;
  return { workspace: workspace.data, organization: organization.data, names: key?.type === "organization" ? inOrganization : key?.type === "personal" ? mine : inWorkspace, state: { loading: place.isLoading, error: place.data === undefined ? place.error : null, retry: () => void place.refetch() } satisfies PlaceState };
}
