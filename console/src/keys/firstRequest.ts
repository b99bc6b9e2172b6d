import type { LoggedDecision } from "../api/decisions";
import type { Key } from "../api/keys";
import { isProblem } from "../api/problem";

/** What is known of the first request: `used` is that there was one, and not what came of it. */
export type FirstRequestState = "waiting" | "came" | "refused" | "used";

/** Whether the log is not there to be read, now or later. Any other failure may pass. */
export const isNoLog = (error: unknown): boolean => isProblem(error) && (error.status === 403 || error.code === "no_decision_log");
export const isSignedOut = (error: unknown): boolean => isProblem(error) && error.status === 401;

/** By the last decision about the key; without a log by its record, where a refused request counts as a use, too. */
export function firstRequestState(last: Pick<LoggedDecision, "allow"> | undefined, logError: unknown, record: Pick<Key, "last_used_at"> | undefined): FirstRequestState {
  if (last) return last.allow ? "came" : "refused";
  return isNoLog(logError) && record?.last_used_at ? "used" : "waiting";
}
