import type { Bucket, Summary } from "../api/decisions";

/** Decisions a second over the last five minutes. */
export function rate(buckets: readonly Bucket[], now = Date.now()): number {
  const recent = buckets.filter((b) => Date.parse(b.at) >= now - 300_000 - 60_000 && Date.parse(b.at) <= now);
  if (recent.length === 0) return 0;
  const seconds = Math.max(1, (now - Date.parse(recent[0]!.at)) / 1000);
  return recent.reduce((sum, b) => sum + b.allowed + b.denied, 0) / seconds;
}

/** A rate with as many digits as it has to say. */
export function rateText(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 0.01) return "< 0.01";
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toPrecision(2).replace(/\.0$/, "");
}

/** Denials by code, the most frequent first, with their share of all denials. */
export function denials(codes: Readonly<Record<string, number>>): { code: string; count: number; share: number }[] {
  const found = Object.entries(codes).filter(([code]) => code !== "allowed");
  const all = found.reduce((sum, [, n]) => sum + n, 0);
  return found.map(([code, count]) => ({ code, count, share: count / all })).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

/** What part was denied, as people read it: "4.2 %". */
export function deniedShare({ allowed, denied }: Summary["total"]): string {
  const all = allowed + denied;
  if (all === 0) return "–";
  const percent = (denied / all) * 100;
  return `${percent > 0 && percent < 0.1 ? "< 0.1" : percent.toFixed(percent >= 10 || percent === 0 ? 0 : 1)} %`;
}

/** Microseconds, in the unit that suits them. */
export function tookText(us: number): string {
  if (us < 1000) return `${us} µs`;
  return us < 1_000_000 ? `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms` : `${(us / 1_000_000).toFixed(1)} s`;
}
