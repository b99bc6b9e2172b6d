import { type GuardOptions, judgeOf } from "./guard.js";
import type { Decision } from "./types.js";

export type { GuardOptions, Question, RouteTable } from "./guard.js";

/** What is needed of a request of Express, or of any framework on Node's http with middleware. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  originalUrl?: string | undefined;
  /** Each header line's name and value by turns: `headers` hides a second Authorization. */
  rawHeaders: readonly string[];
  socket?: { remoteAddress?: string | undefined } | null;
}

/** What is needed of a response. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Where the decision stands on a request that was let through. */
const decisions = new WeakMap<object, Decision>();

/** The decision by which a request was let through: whose key it is, and who is billed. Fails on a request that no guard let through. */
export function decisionOf(request: object): Decision {
  const decision = decisions.get(request);
  if (!decision) throw new Error("No guard of steelgate let this request through.");
  return decision;
}

/**
 * Middleware for Express. A request goes on where its key may do what it asks for; then `decisionOf(request)` is the decision. Else it is
 * answered: 401, 403, or 503 where no decision could be made. The client's address is the peer's unless `clientIp` says otherwise.
 */
export function guard<R extends NodeRequest>(options: GuardOptions<R>): (request: R, response: NodeResponse, next: (error?: unknown) => void) => void {
  const judge = judgeOf(options);
  return (request, response, next) => {
    const presented = {
      method: request.method ?? "",
      target: request.originalUrl ?? request.url ?? "",
      apiKeys: valuesOf(request.rawHeaders, "x-api-key"),
      authorizations: valuesOf(request.rawHeaders, "authorization"),
      peer: request.socket?.remoteAddress,
    };
    judge(request, presented).then(({ decision, refusal }) => {
      if (decision) {
        decisions.set(request, decision);
        next();
        return;
      }
      try {
        response.statusCode = refusal.status;
        for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
        response.end(refusal.body);
      } catch {
        // Somebody has answered already. Whoever takes next for "go on", whatever it is given, must not hear of it.
      }
    }).catch(next);
  };
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name);
}
