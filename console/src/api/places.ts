import { queryOptions, useQuery } from "@tanstack/react-query";
import { get, type Organization, type Page, type Workspace } from "./pending";

export type { Organization, Page, Workspace };

/** The workspaces that one is in, by name; those of an organization for its admins. */
export const workspacesQuery = (filter: { q?: string; organization_id?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["workspaces", filter],
    queryFn: ({ signal }) => get<Page<Workspace>>("/v1/workspaces", filter, signal),
    staleTime: 60_000,
  });

export const organizationsQuery = (filter: { q?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["organizations", filter],
    queryFn: ({ signal }) => get<Page<Organization>>("/v1/organizations", filter, signal),
    staleTime: 60_000,
  });

export const workspaceQuery = (id: string) =>
  queryOptions({
    queryKey: ["workspaces", "one", id],
    queryFn: ({ signal }) => get<Workspace>("/v1/workspaces/" + encodeURIComponent(id), {}, signal),
    staleTime: 30_000,
  });

export const organizationQuery = (id: string) =>
  queryOptions({
    queryKey: ["organizations", "one", id],
    queryFn: ({ signal }) => get<Organization>("/v1/organizations/" + encodeURIComponent(id), {}, signal),
    staleTime: 30_000,
  });

export const useWorkspace = (id: string) => useQuery(workspaceQuery(id));
export const useOrganization = (id: string) => useQuery(organizationQuery(id));
