import { type GuardOptions, judgeOf, type Presented, type Refusal } from "./guard.js";
import type { Decision } from "./types.js";

export type { GuardOptions, Question, RouteTable } from "./guard.js";

/**
 * A handler of fetch requests that is asked only about those that are let through, with the decision. Others are answered: 401, 403, or 503 where
 * no decision could be made. A Request does not know its client's address: `clientIp` does.
 */
export function guard<A extends unknown[]>(
  options: GuardOptions<Request>,
  handler: (request: Request, decision: Decision, ...rest: A) => Response | Promise<Response>,
): (request: Request, ...rest: A) => Promise<Response> {
  const judge = judgeOf(options);
  return async (request, ...rest) => {
    const { decision, refusal } = await judge(request, presentedBy(request));
    return decision ? handler(request, decision, ...rest) : responseOf(refusal);
  };
}

/** What a Request presents. Headers given more than once stand in one value there, with commas between. */
export function presentedBy(request: Request): Presented {
  const { url, method, headers } = request;
  // The path as it stands in the URL: whoever routes reads it there too. A fragment, which no client sends, some take for a part of it: it is left there, and so no route matches.
  const target = url.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, "");
  return { method, target, apiKeys: one(headers.get("X-API-Key")), authorizations: one(headers.get("Authorization")) };
}

export function responseOf(refusal: Refusal): Response {
  return new Response(refusal.body, { status: refusal.status, headers: refusal.headers });
}

function one(value: string | null): string[] {
  return value === null ? [] : [value];
}
