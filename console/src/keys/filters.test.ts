import { describe, expect, it } from "vitest";
import { filterOf, isLike } from "./filters";

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

describe("a key of a list that is here whole", () => {
  const key = { id: "key_5kJQ", name: "Partners", hint: "sk-steelengine-…aB3d", revoked_at: null, replaced_by: null, expires_at: null, disabled: false };
  const soon = "2026-12-01T00:00:00Z";
  const gone = "2026-11-01T00:00:00Z";

  it("is found by its name, its id and the end of its secret", () => {
    for (const q of ["part", "5kjq", "ab3d", " Partners "]) expect(isLike(key, { q }, now)).toBe(true);
    expect(isLike(key, { q: "deploys" }, now)).toBe(false);
  });

  it("is found by its state, as the API has it", () => {
    expect(isLike(key, { status: "active" }, now)).toBe(true);
    expect(isLike({ ...key, expires_at: soon }, { status: "active" }, now)).toBe(true);
    expect(isLike({ ...key, expires_at: soon }, { status: "expires_soon" }, now)).toBe(true);
    expect(isLike({ ...key, expires_at: gone }, { status: "expired" }, now)).toBe(true);
    expect(isLike({ ...key, disabled: true }, { status: "active" }, now)).toBe(false);
    expect(isLike({ ...key, replaced_by: "key_2", expires_at: soon }, { status: "replaced" }, now)).toBe(true);
    expect(isLike({ ...key, replaced_by: "key_2", expires_at: gone }, { status: "replaced" }, now)).toBe(false);
    expect(isLike({ ...key, replaced_by: "key_2", expires_at: gone }, { status: "expired" }, now)).toBe(true);
  });
});
