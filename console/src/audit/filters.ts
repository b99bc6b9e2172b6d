/** What the audit is narrowed to, as the address has it. */
export interface AuditSearch {
  owner_type?: string;
  owner_id?: string;
  action?: string;
  actor?: string;
  target?: string;
  outcome?: string;
  from?: string;
  until?: string;
  window?: string;
}

export type AuditNarrowed = Readonly<AuditSearch>;

export interface AuditQuery {
  owner_type?: "user" | "workspace" | "organization";
  owner_id?: string;
  action?: string;
  actor?: string;
  target?: string;
  outcome?: "done" | "denied";
  from?: string;
  until?: string;
}

export const auditWindows = [
  { value: "24h", label: "Last 24 hours", seconds: 86_400 },
  { value: "7d", label: "Last 7 days", seconds: 604_800 },
  { value: "30d", label: "Last 30 days", seconds: 2_592_000 },
] as const;

/** The query that a search stands for, at a moment. The audit is kept for good: without a window it is all of it. */
export function resolveAudit(search: AuditNarrowed, now = Date.now()): AuditQuery {
  const query: Record<string, string> = {};
  for (const name of ["action", "actor", "target"] as const) if (search[name]) query[name] = search[name];
  if (search.owner_type && search.owner_id) Object.assign(query, { owner_type: search.owner_type, owner_id: search.owner_id });
  if (search.outcome === "done" || search.outcome === "denied") query.outcome = search.outcome;
  const from = moment(search.from);
  const until = moment(search.until);
  const seconds = auditWindows.find((w) => w.value === search.window)?.seconds;
  if (from) query.from = from;
  if (until) query.until = until;
  // To the minute, so that an address that was made from it stays the same for a while.
  if (!from && !until && seconds) query.from = new Date(Math.floor(now / 60_000) * 60_000 - seconds * 1000).toISOString();
  return query as AuditQuery;
}

const moment = (text: string | undefined): string | null => {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
};
