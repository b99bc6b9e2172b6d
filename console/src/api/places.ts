import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, value } from "./client";
import type { components } from "./schema";

export type Workspace = components["schemas"]["ListedWorkspace"];
export type Organization = components["schemas"]["ListedOrganization"];

/** The workspaces that one is in, by name; those of an organization for its admins. */
export const workspacesQuery = (filter: { q?: string; organization_id?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["workspaces", filter],
    queryFn: ({ signal }) => value(api.GET("/v1/workspaces", { params: { query: filter }, signal })),
    staleTime: 60_000,
  });

export const organizationsQuery = (filter: { q?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["organizations", filter],
    queryFn: ({ signal }) => value(api.GET("/v1/organizations", { params: { query: filter }, signal })),
    staleTime: 60_000,
  });

export const workspaceQuery = (id: string) =>
  queryOptions({
    queryKey: ["workspaces", "one", id],
    // To a user it is answered as in the list.
    queryFn: async ({ signal }) => (await value(api.GET("/v1/workspaces/{id}", { params: { path: { id } }, signal }))) as Workspace,
    staleTime: 30_000,
  });

export const organizationQuery = (id: string) =>
  queryOptions({
    queryKey: ["organizations", "one", id],
    queryFn: async ({ signal }) => (await value(api.GET("/v1/organizations/{id}", { params: { path: { id } }, signal }))) as Organization,
    staleTime: 30_000,
  });

export const useWorkspace = (id: string) => useQuery(workspaceQuery(id));
export const useOrganization = (id: string) => useQuery(organizationQuery(id));
