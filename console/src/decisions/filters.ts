/** What the decision log is narrowed to, as the address has it. */
export interface DecisionSearch {
  key_id?: string;
  owner_type?: string;
  owner_id?: string;
  resource_type?: string;
  resource_id?: string;
  workspace_id?: string;
  organization_id?: string;
  action?: string;
  code?: string;
  allow?: string;
  from?: string;
  until?: string;
  /** A window that ends now: one of windows. */
  window?: string;
}

export type Narrowed = Readonly<DecisionSearch>;

export const windows = [
  { value: "15m", label: "Last 15 minutes", seconds: 900 },
  { value: "1h", label: "Last hour", seconds: 3600 },
  { value: "24h", label: "Last 24 hours", seconds: 86_400 },
  { value: "7d", label: "Last 7 days", seconds: 604_800 },
] as const;

export const usualWindow = "24h";

const names = ["key_id", "owner_type", "owner_id", "resource_type", "resource_id", "workspace_id", "organization_id", "action", "code"] as const;

export interface DecisionQuery {
  key_id?: string;
  owner_type?: "user" | "workspace" | "organization";
  owner_id?: string;
  resource_type?: string;
  resource_id?: string;
  workspace_id?: string;
  organization_id?: string;
  action?: string;
  code?: string;
  allow?: boolean;
  from?: string;
  until?: string;
}

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
  for (const name of names) if (search[name]) query[name] = search[name];
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

/** How many filters stand beside the view and the window. */
export function countFilters(search: Narrowed): number {
  return [search.key_id, search.action, search.code, search.resource_type].filter(Boolean).length;
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
