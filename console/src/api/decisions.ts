import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type Narrowed, resolve } from "../decisions/filters";
import { api, value } from "./client";
import type { components } from "./schema";

export type LoggedDecision = components["schemas"]["LoggedDecision"];
export type Explanation = components["schemas"]["Explanation"];
export type ExplanationStep = components["schemas"]["ExplanationStep"];
export type ProposedChange = components["schemas"]["ProposedChange"];
export interface LoggedExplanation extends Explanation {
  same: boolean;
  logged: { decision_id: string; time: string; allow: boolean; code: string; policy_revision: number; data_revision: number };
}

export type Summary = components["schemas"]["DecisionSummary"];
export type Bucket = Summary["buckets"][number];

const pageSize = 50;

/** The log, newest first, page after page. A window that ends now is resolved at each call. */
export const decisionsQuery = (filter: Narrowed) =>
  infiniteQueryOptions({
    queryKey: ["decisions", "list", filter],
    queryFn: ({ pageParam, signal }) => value(api.GET("/v1/decision-log", { params: { query: { ...resolve(filter), limit: pageSize, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.cursor ?? undefined,
    staleTime: 5_000,
  });

/** The same counted over time. `step` is the length of a bucket in seconds. */
export const summaryQuery = (filter: Narrowed, step: number) =>
  queryOptions({
    queryKey: ["decisions", "summary", filter, step],
    queryFn: ({ signal }) => value(api.GET("/v1/decision-log/summary", { params: { query: { ...resolve(filter), step } }, signal })),
    staleTime: 10_000,
  });

export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ["decisions", "one", id],
    queryFn: ({ signal }) => value(api.GET("/v1/decision-log/{id}", { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });

/** Why a decision that was made is what it is, by today's policy and data. */
export const loggedExplanationQuery = (id: string) =>
  queryOptions({
    queryKey: ["decisions", "explanation", id],
    queryFn: async ({ signal }) => (await value(api.GET("/v1/decision-log/{id}/explanation", { params: { path: { id } }, signal }))) as LoggedExplanation,
    staleTime: 0,
  });
