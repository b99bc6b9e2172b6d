import { presentedBy, responseOf } from "./fetch.js";
import { type GuardOptions, judgeOf } from "./guard.js";
import type { Decision } from "./types.js";

export type { GuardOptions, Question, RouteTable } from "./guard.js";

/** What Hono's own types are told: `new Hono<{ Variables: SteelgateVariables }>()`. */
export interface SteelgateVariables {
  /** The decision by which the request was let through: whose key it is, and who is billed. */
  steelgate: Decision;
}

/** What is needed of a context of Hono. */
export interface HonoContext {
  req: { raw: Request };
  set(name: "steelgate", decision: Decision): void;
}

/**
 * Middleware for Hono. A request goes on where its key may do what it asks for; then `context.get("steelgate")` is the decision. Else it is
 * answered: 401, 403, or 503 where no decision could be made. The client's address is known to `clientIp` alone: how depends on where Hono runs.
 */
export function guard<C extends HonoContext>(options: GuardOptions<C>): (context: C, next: () => Promise<void>) => Promise<Response | void> {
  const judge = judgeOf(options);
  return async (context, next) => {
    const { decision, refusal } = await judge(context, presentedBy(context.req.raw));
    if (!decision) return responseOf(refusal);
    context.set("steelgate", decision);
    await next();
  };
}
