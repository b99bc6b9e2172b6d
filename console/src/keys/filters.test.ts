import { describe, expect, it } from "vitest";
import { filterOf } from "./filters";

const now = new Date("2026-11-25T12:34:56Z");

describe("what the address asks for", () => {
  it("is every key, unless it says otherwise", () => {
    expect(filterOf({}, now)).toEqual({});
    expect(filterOf({ q: "  ", status: "no such" }, now)).toEqual({});
    expect(filterOf({ q: " CI ", status: "revoked" }, now)).toEqual({ q: "CI", status: "revoked" });
  });

  it("is one question for an hour, where it asks for what expires soon", () => {
    const filter = { status: "active", expires_before: "2026-12-09T13:00:00.000Z" };
    expect(filterOf({ status: "expires_soon" }, now)).toEqual(filter);
    expect(filterOf({ status: "expires_soon" }, new Date("2026-11-25T12:59:00Z"))).toEqual(filter);
  });
});
