import { queryOptions } from "@tanstack/react-query";
import { get } from "./pending";

export interface Replica {
  id: string;
  version: string;
  started_at: string;
  seen_at: string;
  data_revision: number;
  policy_revision: number;
  /** How old its freshness was when it last wrote. */
  fresh_ms: number;
  ready: boolean;
  /** Whether it is the one that answers. */
  self: boolean;
}

/** The servers that share the database. */
export const replicasQuery = queryOptions({
  queryKey: ["replicas"],
  queryFn: ({ signal }) => get<{ data: Replica[] }>("/v1/replicas", {}, signal),
  staleTime: 4_000,
  refetchInterval: 10_000,
});
