import { describe, expect, it } from "vitest";
import type { UseSummary } from "../api/keys";
import { bucketsOf, lastUsed, neverUsed } from "./use";

const bucket = (allowed: number) => ({ at: "2026-11-25T00:00:00Z", allowed, denied: 0, codes: {} });
const use = (last_at: string) => ({ allowed: 1, denied: 0, last_at, buckets: [bucket(1)] });
const summary = (keys: NonNullable<UseSummary["keys"]>, complete = true): UseSummary => ({
  from: "2026-11-25T00:00:00Z", until: "2026-11-26T00:00:00Z", step_seconds: 86_400, complete, since: null, total: { allowed: 1, denied: 0 }, codes: {}, took_us: null, buckets: [bucket(1)], keys,
});
const unused = { id: "key_a", last_used_at: null };
const at = "2026-11-25T12:00:00Z";

describe("the use of a key", () => {
  it("is none where the summary tells all keys apart and lacks it", () => {
    expect(bucketsOf(summary({ key_b: use(at) }), "key_a")).toEqual([{ allowed: 0, denied: 0 }]);
    expect(neverUsed(unused, summary({ key_b: use(at) }))).toBe(true);
  });

  it("is not known beyond the busiest keys, nor where a part was counted", () => {
    const busiest = Object.fromEntries(Array.from({ length: 200 }, (_, i) => ["key_" + i, use(at)]));
    expect(bucketsOf(summary(busiest), "key_a")).toBeNull();
    expect(bucketsOf(summary(busiest), "key_7")).toHaveLength(1);
    expect(bucketsOf(summary({ key_a: use(at) }, false), "key_a")).toBeNull();
    expect(neverUsed(unused, summary(busiest))).toBe(false);
    expect(neverUsed(unused, undefined)).toBe(false);
  });

  it("is as late as the log or the record says", () => {
    expect(lastUsed(unused, summary({ key_a: use(at) }))).toBe(at);
    expect(neverUsed(unused, summary({ key_a: use(at) }))).toBe(false);
    expect(lastUsed({ id: "key_a", last_used_at: "2026-11-25T13:00:00Z" }, summary({ key_a: use(at) }))).toBe("2026-11-25T13:00:00Z");
    expect(lastUsed({ id: "key_a", last_used_at: "2026-11-25T11:00:00Z" }, summary({ key_a: use(at) }))).toBe(at);
    expect(lastUsed({ id: "key_a", last_used_at: at }, undefined)).toBe(at);
  });
});
