import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, value } from "./client";
import { asProblem } from "./problem";
import { queryClient } from "./query";
import type { components, operations } from "./schema";
import { mayChanged } from "./session";

type Schemas = components["schemas"];
export type Key = Schemas["Key"];
export type KeyType = Schemas["KeyType"];
export type Grant = Schemas["Grant"];
export type Permission = Schemas["Permission"];
export type Resource = Schemas["Resource"];
export type LosingKey = Schemas["LosingKey"];
export type DryRun = Schemas["DryRun"];
export type KeyCreation = Schemas["KeyCreation"];
export type KeyChange = Schemas["KeyChange"];
/** A key that was just made: the only place where its secret ever stands. null where the request had come before. */
export type IssuedKey = Key & { secret: string | null };
/** An organization key that reaches a workspace, with its grants there alone. */
export type ReachingKey = Key & { permission: Permission };

export interface KeyOwner {
  type: Schemas["OwnerType"];
  id: string;
}

/** What a list of keys is asked for, as the API takes it. */
export interface KeyFilter {
  status?: Schemas["KeyStatus"];
  q?: string;
  expires_before?: string;
}

export function ownerOf(key: Pick<Key, "type" | "user_id" | "workspace_id" | "organization_id">): KeyOwner {
  if (key.type === "workspace") return { type: "workspace", id: key.workspace_id ?? "" };
  if (key.type === "organization") return { type: "organization", id: key.organization_id ?? "" };
  return { type: "user", id: key.user_id ?? "" };
}

const ownedBy = (owner: KeyOwner) => ({ owner_type: owner.type, owner_id: owner.id });

type ListQuery = NonNullable<operations["listKeys"]["parameters"]["query"]>;

export const keysQuery = (owner: KeyOwner, filter: KeyFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ["keys", "list", owner, filter],
    queryFn: ({ signal, pageParam }) => {
      const query: ListQuery = { ...ownedBy(owner), ...filter, limit: 50, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      return value(api.GET("/v1/keys", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.cursor,
  });

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: ["keys", "one", id],
    queryFn: ({ signal }) => value(api.GET("/v1/keys/{id}", { params: { path: { id } }, signal })),
  });

export const reachingKeysQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["keys", "reaching", workspace],
    queryFn: async ({ signal }) => (await value(api.GET("/v1/workspaces/{id}/reaching-keys", { params: { path: { id: workspace } }, signal }))).data as ReachingKey[],
  });

/** The resources of one place, the first hundred of those that match. */
export const resourcesQuery = (place: { workspace_id: string } | { organization_id: string }, filter: { type?: string; q?: string; limit?: number } = {}) =>
  queryOptions({
    queryKey: ["resources", place, filter],
    queryFn: ({ signal }) => value(api.GET("/v1/resources", { params: { query: { ...place, limit: 100, ...filter } }, signal })),
    staleTime: 60_000,
  });

export const resourceQuery = (type: string, id: string) =>
  queryOptions({
    queryKey: ["resources", "one", type, id],
    queryFn: ({ signal }) => value(api.GET("/v1/resources/{type}/{id}", { params: { path: { type, id } }, signal })),
    staleTime: 60_000,
  });

export type UseSummary = Schemas["DecisionSummary"];

const dayMs = 86_400_000;

/** The whole days, by UTC, that `days` days of use are counted in: today is the last one. */
export function daysBack(days: number, now: Date): { from: string; until: string; step: number } {
  const until = Math.ceil((now.getTime() + 1) / dayMs) * dayMs;
  return { from: new Date(until - days * dayMs).toISOString(), until: new Date(until).toISOString(), step: 86_400 };
}

/** The use of every key of an owner, or in a workspace, over 14 days, a bar a day. */
export const keyUseQuery = (of: { owner: KeyOwner } | { workspace: string }) =>
  queryOptions({
    queryKey: ["use", of],
    queryFn: ({ signal }) => {
      const whose = "owner" in of ? ownedBy(of.owner) : { workspace_id: of.workspace };
      return value(api.GET("/v1/decision-log/summary", { params: { query: { ...whose, ...daysBack(14, new Date()), by: "key" } }, signal }));
    },
    staleTime: 60_000,
    retry: false,
  });

export type UseSpan = "24h" | "7d" | "30d";

/** The outcomes of one key over time, and when the last one was. */
export const keyOutcomesQuery = (key: Key, span: UseSpan) =>
  queryOptions({
    queryKey: ["use", "key", key.id, span],
    queryFn: ({ signal }) => value(api.GET("/v1/decision-log/summary", { params: { query: { key_id: key.id, ...ownedBy(ownerOf(key)), ...spanOf(span, new Date()), by: "key" } }, signal })),
    staleTime: 30_000,
    retry: false,
  });

export function spanOf(span: UseSpan, now: Date): { from: string; until: string; step: number } {
  if (span === "30d") return daysBack(30, now);
  const step = span === "24h" ? 3600 : 6 * 3600;
  const until = Math.ceil((now.getTime() + 1) / (step * 1000)) * step * 1000;
  return { from: new Date(until - (span === "24h" ? 24 : 28) * step * 1000).toISOString(), until: new Date(until).toISOString(), step };
}

export const keyDecisionsQuery = (key: Key, limit: number) =>
  queryOptions({
    queryKey: ["decisions", "key", key.id, limit],
    queryFn: ({ signal }) => {
      const query = { key_id: key.id, ...ownedBy(ownerOf(key)), limit };
      return value(api.GET("/v1/decision-log", { params: { query }, signal }));
    },
    staleTime: 5_000,
  });

export const keyAuditQuery = (key: Key) =>
  infiniteQueryOptions({
    queryKey: ["audit", "key", key.id],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...ownedBy(ownerOf(key)), target: "key " + key.id, limit: 20, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      return value(api.GET("/v1/audit", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.cursor,
  });

/** The rotation that made a key: it stands in the trail of its predecessor. */
export const rotationQuery = (key: Key) =>
  queryOptions({
    queryKey: ["audit", "rotation", key.replaces ?? ""],
    queryFn: async ({ signal }) => {
      const query = { ...ownedBy(ownerOf(key)), target: "key " + key.replaces, action: "keys.rotate", outcome: "done" as const, limit: 1 };
      return (await value(api.GET("/v1/audit", { params: { query }, signal }))).data;
    },
  });

/** What has changed about keys is asked for anew wherever it is shown. */
export function keysChanged(): void {
  for (const domain of ["keys", "audit", "use", "decisions"]) void queryClient.invalidateQueries({ queryKey: [domain] });
}

function lookAnew(error: unknown): void {
  keysChanged();
  if (asProblem(error).status === 403) mayChanged();
}

/** A change that is refused may be so because somebody else changed the key before: what is shown of it is asked for anew. */
async function orLookAnew<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    lookAnew(error);
    throw error;
  }
}

/** A name of a request's own, so that it may be sent again without being done again. Works where there is no secure context, too. */
export function idempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// Calls whose answers hold a secret are plain ones: no cache of queries or mutations ever has what they answered.

export async function createKey(body: KeyCreation, once: string): Promise<IssuedKey> {
  const key = await orLookAnew(value(api.POST("/v1/keys", { body, params: { header: { "Idempotency-Key": once } } })));
  keysChanged();
  return key as IssuedKey;
}

export async function rotateKey(id: string, overlap_seconds: number, once: string): Promise<IssuedKey> {
  const key = await orLookAnew(value(api.POST("/v1/keys/{id}/rotate", { params: { path: { id }, header: { "Idempotency-Key": once } }, body: { overlap_seconds } })));
  keysChanged();
  return key as IssuedKey;
}

export async function changeKey(id: string, body: KeyChange): Promise<Key> {
  const key = await orLookAnew(value(api.PATCH("/v1/keys/{id}", { params: { path: { id } }, body })));
  queryClient.setQueryData(keyQuery(id).queryKey, key);
  keysChanged();
  return key;
}

export async function revokeKey(id: string): Promise<Key> {
  const key = await orLookAnew(value(api.POST("/v1/keys/{id}/revoke", { params: { path: { id } } })));
  queryClient.setQueryData(keyQuery(id).queryKey, key);
  keysChanged();
  return key;
}

type Pages = { pages: { data: Key[]; pagination: Schemas["Pagination"] }[]; pageParams: string[] };

/** Disables a key or enables it. It is shown as done at once, and taken back where it fails: the next click undoes it. */
export function useSwitchKey(fails: (error: unknown, disabled: boolean) => void) {
  const put = (id: string, disabled: boolean) => {
    const set = (key: Key): Key => (key.id === id ? { ...key, disabled } : key);
    queryClient.setQueryData(keyQuery(id).queryKey, (old) => old && set(old));
    queryClient.setQueriesData<Pages>({ queryKey: ["keys", "list"] }, (old) => old && { ...old, pages: old.pages.map((page) => ({ ...page, data: page.data.map(set) })) });
  };
  return useMutation({
    mutationFn: ({ key, disabled }: { key: Key; disabled: boolean }) => value(api.PATCH("/v1/keys/{id}", { params: { path: { id: key.id } }, body: { disabled } })),
    onMutate: async ({ key, disabled }) => {
      await queryClient.cancelQueries({ queryKey: ["keys"] });
      put(key.id, disabled);
    },
    onError: (error, { key, disabled }) => {
      put(key.id, key.disabled);
      if (asProblem(error).status === 403) mayChanged();
      fails(error, disabled);
    },
    onSettled: keysChanged,
  });
}

/** What keys would lose, were personal keys switched off in a workspace. Nothing changes. */
export const switchOffPreviewQuery = (workspace: string) =>
  queryOptions({
    queryKey: ["dry-run", "personal-keys", workspace],
    queryFn: async ({ signal }) => {
      const params = { path: { id: workspace }, query: { dry_run: "true" as const } };
      return (await value(api.PATCH("/v1/workspaces/{id}", { params, body: { personal_keys_enabled: false }, signal }))) as DryRun;
    },
    staleTime: 0,
    gcTime: 0,
  });

export async function switchPersonalKeys(workspace: string, personal_keys_enabled: boolean): Promise<void> {
  await api.PATCH("/v1/workspaces/{id}", { params: { path: { id: workspace } }, body: { personal_keys_enabled } });
  await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
  keysChanged();
}
