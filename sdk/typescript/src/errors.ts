import type { Decision, FieldError } from "./types.js";

/** Whatever this library fails with. None of them is ever an allow, and none holds a secret. */
export class SteelgateError extends Error {
  override name = "SteelgateError";
}

/** A decision was made, and it is no. */
export class Denied extends SteelgateError {
  override name = "Denied";
  /** What to answer your own client with: 401 or 403. */
  readonly status: number;
  readonly code: string;
  readonly decisionId: string;
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(decision.message);
    this.status = decision.status;
    this.code = decision.code;
    this.decisionId = decision.decision_id;
    this.decision = decision;
  }
}

/**
 * The server answered with an error, as RFC 9457 has it. No decision was made, and nothing was changed. With the code `no_answer` it was something before the
 * server that answered, and whether a change was made is not known.
 */
export class Problem extends SteelgateError {
  override name = "Problem";
  readonly status: number;
  readonly code: string;
  /** Which fields are at fault, if any are. */
  readonly errors: readonly FieldError[];
  /** After how many milliseconds the server may be asked again, where it said so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, detail: string, errors: readonly FieldError[] = [], retryAfter?: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/**
 * There is no answer to go by: `timeout`, `unreachable`, `cancelled` by the caller, or `misshapen`: what answered is not steelgate, or speaks another
 * version. Whether a change was made is not known.
 */
export class NoAnswer extends SteelgateError {
  override name = "NoAnswer";
  readonly reason: "timeout" | "unreachable" | "cancelled" | "misshapen";
  /** The status of what was answered, where something was. */
  readonly status: number | undefined;

  constructor(reason: NoAnswer["reason"], message: string, options: { cause?: unknown; status?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
  }
}
