import type { operations } from "../api/schema";

/** Whose decisions, and where. */
const views = ["owner_type", "owner_id", "workspace_id", "organization_id"] as const;
/** What is asked for among them, in fields that one opens. */
export const fields = ["key_id", "action", "code", "resource_type", "resource_id"] as const;
/** When; a window ends now, and is one of windows. */
const times = ["from", "until", "window"] as const;

/** What the address has of them. */
export const searchNames = [...views, ...fields, "allow", ...times] as const;

/** What the decision log is narrowed to, as the address has it. */
export type DecisionSearch = { [K in (typeof searchNames)[number]]?: string };

export type Narrowed = Readonly<DecisionSearch>;

export const windows = [
  { value: "15m", label: "Last 15 minutes", seconds: 900 },
  { value: "1h", label: "Last hour", seconds: 3600 },
  { value: "24h", label: "Last 24 hours", seconds: 86_400 },
  { value: "7d", label: "Last 7 days", seconds: 604_800 },
] as const;

export const usualWindow = "24h";

type DecisionQuery = Omit<NonNullable<operations["listDecisions"]["parameters"]["query"]>, "cursor" | "limit">;

/** The window of a search: from, and until where it does not end now; and how long it is. */
export function windowOf(search: Narrowed, now = Date.now()): { from: string; until?: string; seconds: number } {
  const from = time(search.from);
  const until = time(search.until);
  if (from !== null || until !== null) {
    const end = until ?? now;
    const begin = from ?? end - 86_400_000;
    return { from: iso(begin), ...(until === null ? {} : { until: iso(until) }), seconds: Math.max(1, (end - begin) / 1000) };
  }
  const { seconds } = windows.find((w) => w.value === search.window) ?? windows[2];
  return { from: iso(now - seconds * 1000), seconds };
}

/** The query that a search stands for, at a moment. What the API could only refuse is left out. */
export function resolve(search: Narrowed, now = Date.now()): DecisionQuery {
  const { from, until } = windowOf(search, now);
  const query: Record<string, unknown> = { from };
  if (until) query.until = until;
  for (const name of [...views, ...fields]) if (search[name]) query[name] = search[name];
  // These go in pairs.
  if (!query.owner_type !== !query.owner_id) delete query.owner_type, delete query.owner_id;
  if (!query.resource_type) delete query.resource_id;
  if (search.allow === "true" || search.allow === "false") query.allow = search.allow === "true";
  return query as DecisionQuery;
}

const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** The length of a bucket, in seconds, that cuts a window into a hundred at most; the longest there is for longer ones. */
export function stepFor(seconds: number): number {
  return steps.find((s) => seconds / s <= 96) ?? 86_400;
}

/** Whether anything but the view narrows it. */
export function isNarrowed(search: Narrowed): boolean {
  return [...fields, "allow" as const, ...times].some((name) => search[name]);
}

/** How many filters stand beside the view and the window. */
export function countFilters(search: Narrowed): number {
  // A resource's type and id are one.
  return fields.filter((name) => name !== "resource_id" && search[name]).length;
}

/** A part of time that was drawn over the plot, grown to whole seconds, as the address has it; null where it is too short to be meant. */
export function zoomed(begin: number, end: number): { from: string; until: string } | null {
  const from = Math.floor(Math.min(begin, end));
  const until = Math.ceil(Math.max(begin, end));
  return until - from < 10 ? null : { from: iso(from * 1000), until: iso(until * 1000) };
}

function time(text: string | undefined): number | null {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}

const iso = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
