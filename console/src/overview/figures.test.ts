import { expect, it } from "vitest";
import { deniedShare, denials, rate, rateText, tookText } from "./figures";

const now = Date.parse("2026-11-25T12:05:30Z");
const bucket = (at: string, allowed: number, denied = 0) => ({ at, allowed, denied, codes: {} });

it("counts a rate over the last minutes alone", () => {
  expect(rate([], now)).toBe(0);
  const minutes = ["11:50", "12:00", "12:01", "12:02", "12:03", "12:04", "12:05"].map((m) => bucket(`2026-11-25T${m}:00Z`, 55, 5));
  // Six minutes begun, of which the last is half over.
  expect(rate(minutes, now)).toBeCloseTo(360 / 330);
});

it("writes a rate with what it has to say", () => {
  expect([0, 0.004, 0.25, 3, 12.34, 4321].map(rateText)).toEqual(["0", "< 0.01", "0.25", "3", "12", "4,321"]);
});

it("orders denials by how many there are", () => {
  expect(denials({ allowed: 90, outside_scope: 3, key_unknown: 3, not_a_member: 4 })).toEqual([
    { code: "not_a_member", count: 4, share: 0.4 }, { code: "key_unknown", count: 3, share: 0.3 }, { code: "outside_scope", count: 3, share: 0.3 },
  ]);
  expect(denials({ allowed: 1 })).toEqual([]);
});

it("writes shares and times", () => {
  expect([{ allowed: 0, denied: 0 }, { allowed: 1, denied: 0 }, { allowed: 958, denied: 42 }, { allowed: 1, denied: 1 }, { allowed: 99_999, denied: 1 }].map(deniedShare)).toEqual(["–", "0 %", "4.2 %", "50 %", "< 0.1 %"]);
  expect([60, 2100, 45_000, 1_500_000].map(tookText)).toEqual(["60 µs", "2.1 ms", "45 ms", "1.5 s"]);
});
