import { describe, expect, it } from "vitest";
import { countFilters, resolve, stepFor, windowOf, zoomed } from "./filters";

const now = Date.parse("2026-11-25T12:00:00Z");

describe("resolve", () => {
  it("asks for the last day where nothing is said", () => {
    expect(resolve({}, now)).toEqual({ from: "2026-11-24T12:00:00Z" });
  });
  it("turns a named window into its beginning, and leaves its end open", () => {
    expect(resolve({ window: "15m" }, now)).toEqual({ from: "2026-11-25T11:45:00Z" });
    expect(resolve({ window: "a fortnight" }, now)).toEqual({ from: "2026-11-24T12:00:00Z" });
  });
  it("prefers moments to a named window", () => {
    expect(resolve({ window: "15m", from: "2026-11-20T00:00:00Z", until: "2026-11-21T00:00:00Z" }, now)).toEqual({ from: "2026-11-20T00:00:00Z", until: "2026-11-21T00:00:00Z" });
  });
  it("begins a day before an end that stands alone", () => {
    expect(resolve({ until: "2026-11-21T00:00:00Z" }, now)).toEqual({ from: "2026-11-20T00:00:00Z", until: "2026-11-21T00:00:00Z" });
  });
  it("does not read a moment that is none", () => {
    expect(resolve({ from: "yesterday" }, now)).toEqual({ from: "2026-11-24T12:00:00Z" });
  });
  it("sends filters as the API takes them", () => {
    expect(resolve({ allow: "false", code: "outside_scope", resource_type: "workflow", resource_id: "wf_1", key_id: "key_1" }, now)).toMatchObject({ allow: false, code: "outside_scope", resource_type: "workflow", resource_id: "wf_1", key_id: "key_1" });
    expect(resolve({ allow: "perhaps" }, now)).not.toHaveProperty("allow");
  });
  it("leaves out halves of pairs", () => {
    expect(resolve({ owner_type: "user", resource_id: "wf_1" }, now)).toEqual({ from: "2026-11-24T12:00:00Z" });
  });
});

describe("windowOf", () => {
  it("tells how long it is", () => {
    expect(windowOf({ window: "1h" }, now).seconds).toBe(3600);
    expect(windowOf({ from: "2026-11-25T11:00:00Z" }, now).seconds).toBe(3600);
  });
});

describe("stepFor", () => {
  it("makes a hundred buckets at most, of a minute at least", () => {
    expect(stepFor(60)).toBe(60);
    expect(stepFor(3600)).toBe(60);
    expect(stepFor(86_400)).toBe(900);
    expect(stepFor(604_800)).toBe(7200);
    for (const seconds of [1, 5000, 100_000, 8_000_000]) expect(seconds / stepFor(seconds)).toBeLessThanOrEqual(100);
  });
  it("never exceeds what the API takes", () => {
    expect(stepFor(1e12)).toBe(86_400);
  });
});

describe("zoomed", () => {
  it("takes whole seconds, whichever way it was drawn", () => {
    const want = { from: "2026-11-25T12:00:00Z", until: "2026-11-25T12:01:01Z" };
    expect(zoomed(now / 1000 + 0.4, now / 1000 + 60.2)).toEqual(want);
    expect(zoomed(now / 1000 + 60.2, now / 1000 + 0.4)).toEqual(want);
  });
  it("takes a click for none", () => {
    expect(zoomed(now / 1000, now / 1000 + 3)).toBeNull();
  });
});

describe("countFilters", () => {
  it("counts a resource once", () => {
    expect(countFilters({ key_id: "k", resource_type: "workflow", resource_id: "wf", allow: "true", workspace_id: "ws" })).toBe(2);
  });
});
