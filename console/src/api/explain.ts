import { queryOptions } from "@tanstack/react-query";
import { api, value } from "./client";
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

/** The keys of an owner; one's own where none is named. */
export const ownerKeysQuery = (question: KeyQuestion) =>
  queryOptions({
    queryKey: ["keys", "of", question],
    queryFn: ({ signal }) => value(api.GET("/v1/keys", { params: { query: question }, signal })),
    staleTime: 15_000,
  });
