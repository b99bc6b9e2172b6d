import { useQuery } from "@tanstack/react-query";
import { type Key, keyOutcomesQuery } from "../api/keys";
import { lastUsed, neverUsed } from "./use";

/** The use of one key in the last seven days, and when it was used last. `log` is whether the log is there to be read. */
export function useLastUse(key: Key, { log = true, every = false as number | false } = {}) {
  const use = useQuery({ ...keyOutcomesQuery(key, "7d"), enabled: log, refetchInterval: every });
  return { loading: use.isLoading, summary: use.data, at: lastUsed(key, use.data), never: neverUsed(key, use.data) };
}
