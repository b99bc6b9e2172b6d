import type { Key, KeyFilter } from "../api/keys";
import { hasEnded, statusOf } from "./status";

/** The states that a list can be narrowed to, as they stand in the address, with their words. */
export const statusChoices = [
  { value: "", label: "Every state" },
  { value: "active", label: "Active" },
  { value: "expires_soon", label: "Expires soon" },
  { value: "disabled", label: "Disabled" },
  { value: "replaced", label: "Replaced, still working" },
  { value: "expired", label: "Expired, or replaced and ended" },
  { value: "revoked", label: "Revoked" },
] as const;

const soonDays = 14;

/** What the address asks for, as the API takes it. An unknown state is none. "Soon" is rounded to the hour, so that it is one question. */
export function filterOf(search: { q?: string; status?: string }, now: Date = new Date()): KeyFilter {
  const filter: KeyFilter = {};
  const q = search.q?.trim();
  if (q) filter.q = q;
  switch (search.status) {
    case "active":
    case "disabled":
    case "replaced":
    case "expired":
    case "revoked":
      filter.status = search.status;
      break;
    case "expires_soon": {
      filter.status = "active";
      const hour = 3_600_000;
      filter.expires_before = new Date(Math.ceil(now.getTime() / hour) * hour + soonDays * 24 * hour).toISOString();
    }
  }
  return filter;
}

/** Whether a key is what the address asks for, for a list that is here whole. It is searched as the API does. */
export function isLike(key: Pick<Key, "id" | "name" | "hint" | "revoked_at" | "replaced_by" | "expires_at" | "disabled">, search: { q?: string; status?: string }, now: Date = new Date()): boolean {
  const q = search.q?.trim().toLowerCase();
  if (q && ![key.name, key.id, key.hint ?? ""].some((text) => text.toLowerCase().includes(q))) return false;
  const status = statusOf(key, now);
  switch (search.status) {
    case "active":
      return status === "active" || status === "expires_soon";
    case "replaced":
      return status === "replaced" && !hasEnded(key, now);
    case "expired":
      return status === "expired" || (status === "replaced" && hasEnded(key, now));
    case "expires_soon":
    case "disabled":
    case "revoked":
      return status === search.status;
    default:
      return true;
  }
}
