import { queryOptions } from "@tanstack/react-query";
import { api, value } from "./client";
import type { components } from "./schema";

export type Replica = components["schemas"]["Replica"];

/** The servers that share the database. */
export const replicasQuery = queryOptions({
  queryKey: ["replicas"],
  queryFn: ({ signal }) => value(api.GET("/v1/replicas", { signal })),
  staleTime: 4_000,
  refetchInterval: 10_000,
});
