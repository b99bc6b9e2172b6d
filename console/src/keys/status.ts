import type { Key } from "../api/keys";
import type { KeyStatus } from "../ui/StatusBadge";
import { ago } from "../ui/time";

const soonMs = 14 * 86_400_000;

type Ending = Pick<Key, "revoked_at" | "replaced_by" | "expires_at" | "disabled">;

const isPast = (at: string | null, now: Date): boolean => at !== null && Date.parse(at) <= now.getTime();

/** The state of a key as people see it. What can't be undone comes first. */
export function statusOf(key: Ending, now: Date = new Date()): KeyStatus {
  if (key.revoked_at) return "revoked";
  if (key.replaced_by) return "replaced";
  if (isPast(key.expires_at, now)) return "expired";
  if (key.disabled) return "disabled";
  if (key.expires_at && Date.parse(key.expires_at) - now.getTime() <= soonMs) return "expires_soon";
  return "active";
}

/** Whether the secret opens anything now. */
export function isLive(key: Ending, now: Date = new Date()): boolean {
  return !key.revoked_at && !key.disabled && !isPast(key.expires_at, now);
}

/** Whether the key is over for good: no change brings it back. */
export function hasEnded(key: Ending, now: Date = new Date()): boolean {
  return key.revoked_at !== null || (key.replaced_by !== null && isPast(key.expires_at, now));
}

/** What stands beside the state: when it ends or has ended. Empty where there is nothing to say. */
export function statusNote(key: Ending, now: Date = new Date()): string {
  if (key.revoked_at) return ago(new Date(key.revoked_at), now);
  if (!key.expires_at) return "";
  const at = new Date(key.expires_at);
  if (key.replaced_by) return (isPast(key.expires_at, now) ? "ended " : "ends ") + ago(at, now);
  if (isPast(key.expires_at, now)) return ago(at, now);
  return statusOf(key, now) === "expires_soon" ? ago(at, now) : "";
}

/** Who revoked a key, in words: a scanner's report stands as "leak: " and where it was found. */
export function revokedByWords(by: string | null, me: string): string {
  if (!by) return "";
  if (by.startsWith("leak: ")) return "because it was found at " + by.slice(6);
  return "by " + (by === me ? "you" : by);
}
