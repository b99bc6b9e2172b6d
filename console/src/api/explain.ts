import { queryOptions } from "@tanstack/react-query";
import { api, value } from "./client";
import { daysBack } from "./keys";
import type { components } from "./schema";

export type ExplainRequest = components["schemas"]["ExplainRequest"];
export type Fact = NonNullable<ExplainRequest["facts"]>[number];

/**
 * explain asks why. It is no query and no mutation: a key's secret may stand in the question, and neither the cache of the one nor
 * the variables of the other may hold it.
 */
export function explain(question: ExplainRequest, signal?: AbortSignal) {
  return value(api.POST("/v1/explain", { body: question, ...(signal ? { signal } : {}) }));
}

/** The actions of the policy in force. */
export const actionsQuery = queryOptions({
  queryKey: ["actions"],
  queryFn: ({ signal }) => value(api.GET("/v1/actions", { signal })),
  staleTime: 60_000,
});

export interface KeyQuestion {
  owner_type?: "user" | "workspace" | "organization";
  owner_id?: string;
  q?: string;
  status?: "active";
  expires_before?: string;
  unused_since?: string;
  limit?: number;
}

/** The keys that were used lately, whosever they are, by their ids, the busiest first: for who reads all decisions. */
export const usedKeysQuery = queryOptions({
  queryKey: ["keys", "used"],
  queryFn: async ({ signal }) => {
    const { keys = {} } = await value(api.GET("/v1/decision-log/summary", { params: { query: { ...daysBack(7, new Date()), by: "key" } }, signal }));
    const asked = (id: string) => keys[id]!.allowed + keys[id]!.denied;
    return Object.keys(keys).sort((a, b) => asked(b) - asked(a));
  },
  staleTime: 60_000,
  retry: false,
});

/** The keys of an owner; one's own where none is named. */
export const ownerKeysQuery = (question: KeyQuestion) =>
  queryOptions({
    queryKey: ["keys", "of", question],
    queryFn: ({ signal }) => value(api.GET("/v1/keys", { params: { query: question }, signal })),
    staleTime: 15_000,
  });
