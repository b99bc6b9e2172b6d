import { infiniteQueryOptions, queryOptions, useMutation } from "@tanstack/react-query";
import { api, value } from "./client";
import { isProblem } from "./problem";
import { queryClient } from "./query";
import type { components } from "./schema";
import { mayChanged } from "./session";

type Schemas = components["schemas"];

/** Sources by their paths: the whole policy, its tests among them. */
export type Files = Schemas["PolicyFiles"];
export type PolicyHead = Schemas["PolicyHead"];
export type PolicyRevision = Schemas["PolicyRevision"];
export type Verdict = Schemas["Verdict"];
export type Diagnostic = Verdict["diagnostics"][number];
export type TestResult = Verdict["tests"]["results"][number];
export type Impact = Schemas["Impact"];
export type ImpactKind = Schemas["ImpactKind"];
export type ImpactClass = Impact["small_world"]["classes"][number];
export type Candidate = Schemas["Candidate"];
export type PolicyOutcome = Schemas["PolicyOutcome"];

export type Witness = Schemas["ImpactWitness"];

export interface Draft {
  files: Files;
  message: string;
  base_revision: number;
  acknowledge?: string | null;
  override?: string | null;
}

/** The revision in force. Looked at anew now and then: a draft has to know that another was published. */
export const policyQuery = queryOptions({
  queryKey: ["policy", "in-force"],
  queryFn: async ({ signal }) => value(api.GET("/v1/policy", { signal })),
  refetchInterval: 30_000,
});

/** A revision never changes. */
export const revisionQuery = (revision: number) =>
  queryOptions({
    queryKey: ["policy", "revision", revision],
    queryFn: async ({ signal }) => value(api.GET("/v1/policy/revisions/{revision}", { params: { path: { revision: String(revision) } }, signal })),
    staleTime: Infinity,
  });

export const historyQuery = infiniteQueryOptions({
  queryKey: ["policy", "history"],
  queryFn: async ({ pageParam, signal }) => value(api.GET("/v1/policy/revisions", { params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.pagination.cursor ?? undefined,
});

export const upgradeQuery = queryOptions({
  queryKey: ["policy", "upgrade"],
  queryFn: async ({ signal }) => value(api.GET("/v1/policy/upgrade", { signal })),
  staleTime: 5 * 60_000,
});

/** The candidate that runs in the shadow; null where none does. That is an answer: a query that failed forgets its failure each time it asks anew. */
export const candidateQuery = queryOptions({
  queryKey: ["policy", "shadow"],
  queryFn: async ({ signal }) => {
    try {
      return await value(api.GET("/v1/policy/shadow", { signal }));
    } catch (error) {
      if (isProblem(error, "not_found")) return null;
      throw error;
    }
  },
  refetchInterval: 5000,
});

export async function checkPolicy(files: Files, signal: AbortSignal): Promise<Verdict> {
  return value(api.POST("/v1/policy/check", { body: { files }, signal }));
}

export async function policyImpact(files: Files, from: string | null, signal: AbortSignal): Promise<Impact> {
  return value(api.POST("/v1/policy/impact", { body: from === null ? { files } : { files, from }, signal }));
}

/**
 * What was published, restored, begun or ended changes all that is shown of policies. It is not waited for: whoever published
 * has to hear of it before their own draft stands there as one that fell behind.
 */
const policyChanged = () => {
  void queryClient.invalidateQueries({ queryKey: ["policy"] });
  mayChanged();
};

export function usePublish() {
  return useMutation({ mutationFn: async (draft: Draft) => value(api.POST("/v1/policy/revisions", { body: draft })), onSettled: policyChanged });
}

export function useRestore() {
  return useMutation({
    mutationFn: async (revision: number) => value(api.POST("/v1/policy/revisions/{revision}/restore", { params: { path: { revision: String(revision) } } })),
    onSettled: policyChanged,
  });
}

export function useBeginCandidate() {
  return useMutation({ mutationFn: async (draft: Draft) => value(api.PUT("/v1/policy/shadow", { body: draft })), onSettled: policyChanged });
}

export function usePromoteCandidate() {
  return useMutation({ mutationFn: async () => value(api.POST("/v1/policy/shadow/promote", {})), onSettled: policyChanged });
}

export function useDropCandidate() {
  return useMutation({ mutationFn: async () => void (await api.DELETE("/v1/policy/shadow")), onSettled: policyChanged });
}

/** The files as `opa fmt` writes them; what does not parse comes back as it was, with why. */
export async function formatPolicy(files: Files): Promise<{ files: Files; diagnostics: Diagnostic[] }> {
  return value(api.POST("/v1/policy/format", { body: { files } }));
}
