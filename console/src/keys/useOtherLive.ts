import { useQuery } from "@tanstack/react-query";
import { type Key, keyQuery } from "../api/keys";
import { isLive } from "./status";

/** The other half of a rotation, old or new, while its secret works. */
export function useOtherLive(key: Key): Key | undefined {
  const id = key.replaced_by ?? key.replaces;
  const other = useQuery({ ...keyQuery(id ?? ""), enabled: Boolean(id) }).data;
  return other && isLive(other) ? other : undefined;
}
