import { infiniteQueryOptions } from "@tanstack/react-query";
import { type AuditNarrowed, resolveAudit } from "../audit/filters";
import { api, value } from "./client";
import type { components } from "./schema";

export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditChange = AuditEntry["changes"][number];

export const auditQuery = (filter: AuditNarrowed) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) => value(api.GET("/v1/audit", { params: { query: { ...resolveAudit(filter), limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (last) => last.pagination.cursor ?? undefined,
    staleTime: 5_000,
  });

/** Where the whole of what a filter finds is read from, as a file. The browser's session opens it, and nothing secret is in it. */
export function exportAddress(filter: AuditNarrowed): string {
  const search = new URLSearchParams(Object.entries(resolveAudit(filter)).map(([k, v]) => [k, String(v)])).toString();
  return "/v1/audit/export" + (search && "?" + search);
}
