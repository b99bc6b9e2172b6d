import type { Steelgate } from "./client.js";
import { presentedKey } from "./credential.js";
import { compileRoutes, type Question, type RouteTable } from "./routes.js";
import type { Decision } from "./types.js";

export type { Question, RouteTable } from "./routes.js";

/** How requests are guarded. */
export interface GuardOptions<R> {
  client: Steelgate;
  /**
   * What a request wants to do to what: a table of routes, or a function. Where no route matches, or the function answers null or undefined, the
   * request is refused.
   */
  route: RouteTable | ((request: R) => Question | null | undefined | Promise<Question | null | undefined>);
  /** The end client's address. Behind a proxy the application knows whom to believe; keys with an allow-list are refused where there is none. */
  clientIp?: (request: R) => string | null | undefined;
  /** Told why no decision could be made. The request is refused, whatever this does. */
  onError?: (error: unknown, request: R) => void;
}

/** What a framework knows of a request. */
export interface Presented {
  method: string;
  /** The path and the query, as they were sent. */
  target: string;
  apiKeys: readonly string[];
  authorizations: readonly string[];
  peer?: string | null | undefined;
}

/** What a request is answered with that is not let through. */
export interface Refusal {
  status: 401 | 403 | 503;
  headers: Record<string, string>;
  body: string;
}

export type Verdict = { decision: Decision; refusal?: never } | { refusal: Refusal; decision?: never };

/** The action that is asked about where no route matches: the key is judged first, and the refusal is in the decision log like others. */
const noRoute = "no_route";

/** Makes what judges requests, whatever framework they come by. It never fails: where there is no decision, that is a refusal. */
export function judgeOf<R>(options: GuardOptions<R>): (request: R, presented: Presented) => Promise<Verdict> {
  const { client, route, clientIp, onError } = options;
  const table = typeof route === "function" ? undefined : compileRoutes(route);
  return async (request, presented) => {
    try {
      const question = table ? table(presented.method, presented.target) : await (route as (request: R) => Question | null | undefined | Promise<Question | null | undefined>)(request);
      const address = clientIp ? clientIp(request) : presented.peer;
      const decision = await client.decide({
        api_key: presentedKey(presented.apiKeys, presented.authorizations),
        action: question?.action ?? noRoute,
        resource: question?.resource ?? { type: "request", id: noRoute },
        context: { ...question?.context, ...(address ? { client_ip: address } : {}) },
      });
      if (decision.status === 401) return { refusal: unauthenticated(decision) };
      if (!question) return { refusal: forbidden(noRoute, "No route matches the request.", decision.decision_id) };
      if (decision.allow !== true) return { refusal: denied(decision) };
      return { decision };
    } catch (failure) {
      try {
        onError?.(failure, request);
      } catch {
        // The refusal below is what counts.
      }
      return { refusal: unavailable() };
    }
  };
}

/*
 * A key's holder is told what forward-auth tells: not why a key is dead, nor whether a workspace exists that they are no member of.
 */

function unauthenticated(decision: Decision): Refusal {
  const refusal = refuse(401, "invalid_api_key", "The API key is missing or not valid.", decision.decision_id);
  refusal.headers["WWW-Authenticate"] = 'ApiKey realm="steelengine"';
  return refusal;
}

function denied(decision: Decision): Refusal {
  if (decision.code === "not_a_member" || decision.code === "outside_scope") {
    return forbidden("outside_scope", "The API key does not reach this resource, or it does not exist.", decision.decision_id);
  }
  return forbidden(decision.code, decision.message, decision.decision_id);
}

function forbidden(code: string, message: string, decisionId: string): Refusal {
  return refuse(403, code, message, decisionId);
}

function unavailable(): Refusal {
  const refusal = refuse(503, "unavailable", "No decision could be made: try again shortly.");
  refusal.headers["Retry-After"] = "1";
  return refusal;
}

function refuse(status: Refusal["status"], code: string, message: string, decisionId?: string): Refusal {
  return {
    status,
    headers: { "Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify({ error: { code, message, ...(decisionId === undefined ? {} : { decision_id: decisionId }) } }),
  };
}
