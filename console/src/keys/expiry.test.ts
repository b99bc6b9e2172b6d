import { describe, expect, it } from "vitest";
import { dateField, expiresAt } from "./expiry";

const now = new Date(2026, 10, 25, 12, 0, 0);

describe("when a key expires", () => {
  it("never, or so many days from now", () => {
    expect(expiresAt({ choice: "none", date: "2020-01-01" }, now)).toEqual({ at: null });
    expect(expiresAt({ choice: "30", date: "" }, now)).toEqual({ at: new Date(now.getTime() + 30 * 86_400_000).toISOString() });
    expect(expiresAt({ choice: "90", date: "" }, now)).toEqual({ at: new Date(now.getTime() + 90 * 86_400_000).toISOString() });
  });

  it("at the end of a day, by the reader's own clock", () => {
    expect(expiresAt({ choice: "date", date: "2026-12-31" }, now)).toEqual({ at: new Date(2026, 11, 31, 23, 59, 59).toISOString() });
    expect(expiresAt({ choice: "date", date: "2026-11-25" }, now)).toEqual({ at: new Date(2026, 10, 25, 23, 59, 59).toISOString() });
  });

  it("not on a day that is over, or that is none", () => {
    expect(expiresAt({ choice: "date", date: "2026-11-24" }, now)).toHaveProperty("error");
    expect(expiresAt({ choice: "date", date: "" }, now)).toHaveProperty("error");
    expect(expiresAt({ choice: "date", date: "2027-02-30" }, now)).toHaveProperty("error");
    expect(expiresAt({ choice: "date", date: "soon" }, now)).toHaveProperty("error");
  });

  it("has a day for the field", () => {
    expect(dateField(new Date(2027, 0, 5, 23, 59))).toBe("2027-01-05");
  });
});
