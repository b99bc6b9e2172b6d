import type { components } from "./schema";

type ProblemBody = components["schemas"]["Problem"];

export interface FieldError {
  field: string;
  message: string;
  line?: number;
}

/**
 * What a call fails with, whatever the cause. status is 0 where no answer came at all. code is the API's (docs/api.md), or
 * one of "unreachable" (no answer) and "not_understood" (an answer that is none of the API's).
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: FieldError[];
  /** What else stands in the answer, such as `check` of a refused policy. */
  readonly body: Record<string, unknown>;
  /** How many seconds the server asks to wait, or null. */
  readonly retryAfter: number | null;

  constructor(of: { status: number; code: string; title: string; detail: string; errors?: FieldError[]; body?: Record<string, unknown>; retryAfter?: number | null }) {
    super(of.detail);
    this.status = of.status;
    this.code = of.code;
    this.title = of.title;
    this.errors = of.errors ?? [];
    this.body = of.body ?? {};
    this.retryAfter = of.retryAfter ?? null;
  }

  /** Whether the same call may go well a little later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** The message of one field, for the form that has it: of the field itself or of what stands under it. */
  of(field: string): string | undefined {
    return this.errors.find((e) => e.field === field || e.field.startsWith(field + ".") || e.field.startsWith(field + "["))?.message;
  }
}

export function isProblem(value: unknown, code?: string): value is Problem {
  return value instanceof Problem && (code === undefined || value.code === code);
}

function looksLikeProblem(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && typeof (body as ProblemBody).code === "string" && typeof (body as ProblemBody).detail === "string";
}

/** What an answer that is no success says. */
export function problemOf(response: Response, body: unknown): Problem {
  const wait = Number(response.headers.get("Retry-After") ?? "");
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null;
  if (looksLikeProblem(body)) {
    const { status, code, title, detail, errors, ...rest } = body;
    return new Problem({ status, code, title, detail, errors: errors ?? [], body: rest, retryAfter });
  }
  return new Problem({
    status: response.status, code: "not_understood", title: "Not understood", retryAfter,
    detail: `The server answered ${response.status}, and not as steelgate does: a proxy in between may have.`,
  });
}

/** What a call that got no answer fails with. */
export function unreachable(): Problem {
  return new Problem({ status: 0, code: "unreachable", title: "No answer", detail: "The server does not answer: check your connection, then try again." });
}

/** Any thrown thing as a Problem, for what shows one. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ status: 0, code: "page_failed", title: "This page failed", detail });
}
