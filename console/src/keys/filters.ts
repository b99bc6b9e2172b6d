import type { KeyFilter } from "../api/keys";

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
