import { describe, expect, it } from "vitest";
import { hasEnded, isLive, revokedByWords, statusNote, statusOf } from "./status";

const now = new Date("2026-11-25T12:00:00Z");
const plain = { revoked_at: null, replaced_by: null, expires_at: null, disabled: false };
const days = (n: number) => new Date(now.getTime() + n * 86_400_000).toISOString();

describe("the state of a key", () => {
  it("is told by what can't be undone first", () => {
    expect(statusOf(plain, now)).toBe("active");
    expect(statusOf({ ...plain, disabled: true }, now)).toBe("disabled");
    expect(statusOf({ ...plain, disabled: true, expires_at: days(-1) }, now)).toBe("expired");
    expect(statusOf({ ...plain, disabled: true, expires_at: days(-1), replaced_by: "key_2" }, now)).toBe("replaced");
    expect(statusOf({ revoked_at: days(-1), replaced_by: "key_2", expires_at: days(-1), disabled: true }, now)).toBe("revoked");
  });

  it("expires soon within fourteen days, and is expired at the moment itself", () => {
    expect(statusOf({ ...plain, expires_at: days(15) }, now)).toBe("active");
    expect(statusOf({ ...plain, expires_at: days(14) }, now)).toBe("expires_soon");
    expect(statusOf({ ...plain, expires_at: now.toISOString() }, now)).toBe("expired");
    expect(statusOf({ ...plain, expires_at: days(2), disabled: true }, now)).toBe("disabled");
  });

  it("says whether the secret opens anything, and whether it may again", () => {
    expect(isLive({ ...plain, replaced_by: "key_2", expires_at: days(1) }, now)).toBe(true);
    expect(isLive({ ...plain, disabled: true }, now)).toBe(false);
    expect(isLive({ ...plain, expires_at: now.toISOString() }, now)).toBe(false);
    expect(hasEnded({ ...plain, expires_at: days(-1) }, now)).toBe(false);
    expect(hasEnded({ ...plain, expires_at: days(-1), replaced_by: "key_2" }, now)).toBe(true);
    expect(hasEnded({ ...plain, revoked_at: days(-1) }, now)).toBe(true);
  });

  it("has a note of when", () => {
    expect(statusNote(plain, now)).toBe("");
    expect(statusNote({ ...plain, expires_at: days(30) }, now)).toBe("");
    expect(statusNote({ ...plain, expires_at: days(3) }, now)).toBe("in 3 days");
    expect(statusNote({ ...plain, replaced_by: "key_2", expires_at: days(1) }, now)).toBe("ends in 24 hours");
    expect(statusNote({ ...plain, replaced_by: "key_2", expires_at: days(-2) }, now)).toBe("ended 2 days ago");
    expect(statusNote({ ...plain, revoked_at: days(-1), expires_at: days(3) }, now)).toBe("24 hours ago");
  });

  it("says who revoked it, a scanner's report too", () => {
    expect(revokedByWords("user_ada", "user_ada")).toBe("by you");
    expect(revokedByWords("tok_1", "user_ada")).toBe("by tok_1");
    expect(revokedByWords("leak: github.com/acme", "user_ada")).toBe("because it was found at github.com/acme");
  });
});
