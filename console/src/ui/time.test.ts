import { describe, expect, it } from "vitest";
import { ago } from "./time";

const now = new Date("2026-03-10T12:00:00Z");
const minute = 60, hour = 3600, day = 86_400;
const at = (seconds: number) => ago(new Date(now.getTime() + seconds * 1000), now);

describe("how far a moment is away", () => {
  it.each([
    [29, "just now"],
    [30, "in 1 minute"],
    [90, "in 1 minute"],
    [2 * minute, "in 2 minutes"],
    [2 * hour - 1, "in 119 minutes"],
    [2 * hour, "in 2 hours"],
    [47 * hour, "in 47 hours"],
    [2 * day, "in 2 days"],
    [8 * day, "in 8 days"],
    [14 * day - 1, "in 13 days"],
    [14 * day, "in 2 weeks"],
    [59 * day, "in 8 weeks"],
    [60 * day, "in 2 months"],
    [364 * day, "in 12 months"],
    [729 * day, "in 24 months"],
    [730 * day, "in 2 years"],
  ])("%i seconds ahead", (seconds, words) => {
    expect(at(seconds)).toBe(words);
  });

  it.each([
    [29, "just now"],
    [30, "1 minute ago"],
    [2 * hour - 1, "119 minutes ago"],
    [2 * hour, "2 hours ago"],
    [47 * hour, "47 hours ago"],
    [2 * day, "2 days ago"],
    [8 * day, "8 days ago"],
    [59 * day, "8 weeks ago"],
    [365 * day, "12 months ago"],
    [730 * day, "2 years ago"],
  ])("%i seconds back", (seconds, words) => {
    expect(at(-seconds)).toBe(words);
  });
});
