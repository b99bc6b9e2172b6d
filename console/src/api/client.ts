import createClient, { type Middleware } from "openapi-fetch";
import { holdsSecret } from "../secrets";
import { Problem, problemOf, unreachable } from "./problem";
import type { paths } from "./schema";

const problems: Middleware = {
  // Addresses are logged on their way. Whatever led to this: no secret stands in one.
  onRequest({ request }) {
    if (holdsSecret(request.url)) throw new Problem({ status: 0, code: "secret_in_address", title: "That is a secret", detail: "A secret was given where a name or an id belongs. It was not sent." });
    return undefined;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    let body: unknown = null;
    try {
      body = await response.clone().json();
    } catch {
      // No JSON: problemOf says so.
    }
    const problem = problemOf(response, body);
    if (problem.status === 401) onSignedOut(problem.code);
    throw problem;
  },
  onError({ error }) {
    // A call that its page gave up is none that failed.
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    return unreachable();
  },
};

/** The calls of api/openapi.yaml, with their types. Every failure is thrown, as a Problem: use `data` without asking for `error`. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });
api.use(problems);

/** The value of a call: `const keys = await value(api.GET("/v1/keys", …))`. */
export async function value<T>(call: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await call;
  return data as NonNullable<T>;
}

let onSignedOut: (code: string) => void = () => {};

/** whenSignedOut says what happens when any call is refused for want of a session. */
export function whenSignedOut(then: (code: string) => void): void {
  onSignedOut = then;
}
