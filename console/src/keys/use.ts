import type { Key, UseSummary } from "../api/keys";

/** How many keys a summary tells apart: the busiest. */
const mostKeys = 200;

type Buckets = readonly { allowed: number; denied: number }[];

/** The use of one key by a summary of many; null where the summary does not tell: it counted a part, or the key is not among the busiest. */
export function bucketsOf(summary: UseSummary, id: string): Buckets | null {
  if (!summary.complete) return null;
  const use = summary.keys?.[id];
  if (use) return use.buckets;
  return Object.keys(summary.keys ?? {}).length < mostKeys ? summary.buckets.map(() => ({ allowed: 0, denied: 0 })) : null;
}

/** When a key was last used: by its record, which is written a little late, or by the log, whichever is later. */
export function lastUsed(key: Pick<Key, "id" | "last_used_at">, summary: UseSummary | undefined): string | null {
  const logged = summary?.keys?.[key.id]?.last_at ?? null;
  if (key.last_used_at === null || logged === null) return key.last_used_at ?? logged;
  return Date.parse(logged) > Date.parse(key.last_used_at) ? logged : key.last_used_at;
}

/** Whether a key was never used, by its record and by the log. Where the log does not tell, nobody knows. */
export function neverUsed(key: Pick<Key, "id" | "last_used_at">, summary: UseSummary | undefined): boolean {
  return summary !== undefined && lastUsed(key, summary) === null && (bucketsOf(summary, key.id)?.every((b) => b.allowed + b.denied === 0) ?? false);
}

export const noneWords = "None on record";
