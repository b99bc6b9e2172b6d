const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const units: [Intl.RelativeTimeFormatUnit, number][] = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600]];

/**
 * "3 minutes ago", "in 36 hours"; "just now" within half a minute. Whole units that have passed or are left, in the largest of which there
 * are two: what is 47 hours away is not "in 1 day", still less "tomorrow".
 */
export function ago(at: Date, now: Date = new Date()): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 30) return "just now";
  for (const [unit, size] of units) {
    const whole = Math.trunc(seconds / size);
    if (Math.abs(whole) >= 2) return relative.format(whole, unit);
  }
  return relative.format(Math.trunc(seconds / 60) || Math.sign(seconds), "minute");
}

const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** The moment in the reader's own zone. */
export const exact = (at: Date): string => exactFormat.format(at);
export const day = (at: Date): string => dayFormat.format(at);

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en");

export const shortNumber = (n: number): string => (n < 10_000 ? whole.format(n) : compact.format(n));
