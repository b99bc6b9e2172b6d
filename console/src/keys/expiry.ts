import { day } from "../ui/time";

/** How long a key is to live: days from now, a day of one's own, or no end. */
export type ExpiryChoice = "30" | "60" | "90" | "date" | "none";

export const expiryChoices: { value: ExpiryChoice; label: string }[] = [
  { value: "none", label: "No expiry" },
  { value: "30", label: "30 days" },
  { value: "60", label: "60 days" },
  { value: "90", label: "90 days" },
  { value: "date", label: "A date" },
];

export interface Expiry {
  choice: ExpiryChoice;
  /** YYYY-MM-DD in the reader's own zone, for "date". */
  date: string;
}

export const noExpiry: Expiry = { choice: "none", date: "" };

/** The moment that is chosen, or why it is none. The key lives through the day that is named. */
export function expiresAt(expiry: Expiry, now: Date = new Date()): { at: string | null } | { error: string } {
  switch (expiry.choice) {
    case "none":
      return { at: null };
    case "date": {
      const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(expiry.date);
      if (!parts) return { error: "Choose the last day on which the key works." };
      const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
      const end = new Date(year, month - 1, date, 23, 59, 59);
      if (end.getMonth() !== month - 1) return { error: "There is no such day." };
      if (end.getTime() <= now.getTime()) return { error: "This day is over: choose today or a later one." };
      return { at: end.toISOString() };
    }
    default:
      return { at: new Date(now.getTime() + Number(expiry.choice) * 86_400_000).toISOString() };
  }
}

/** The day of a moment as a date field has it, in the reader's own zone. */
export function dateField(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function expiryWords(at: string | null): string {
  return at === null ? "never expires" : "expires on " + day(new Date(at));
}
