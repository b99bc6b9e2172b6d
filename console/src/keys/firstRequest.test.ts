import { describe, expect, it } from "vitest";
import { Problem } from "../api/problem";
import { firstRequestState } from "./firstRequest";

const problem = (status: number, code: string) => new Problem({ status, code, title: "", detail: "" });
const used = { last_used_at: "2026-11-25T12:00:00Z" };

describe("the first request", () => {
  it("is what the log says of it", () => {
    expect(firstRequestState({ allow: true }, null, undefined)).toBe("came");
    expect(firstRequestState({ allow: false }, null, used)).toBe("refused");
    expect(firstRequestState(undefined, null, used)).toBe("waiting");
  });

  it("is not said to have worked where there is no log to be read", () => {
    for (const none of [problem(404, "no_decision_log"), problem(403, "forbidden")]) {
      expect(firstRequestState(undefined, none, { last_used_at: null })).toBe("waiting");
      expect(firstRequestState(undefined, none, used)).toBe("used");
    }
  });

  it("is waited for while the log fails and may come back", () => {
    for (const passing of [problem(503, "stale"), problem(0, "unreachable"), problem(429, "too_many_requests"), problem(401, "no_session")]) expect(firstRequestState(undefined, passing, used)).toBe("waiting");
  });
});
