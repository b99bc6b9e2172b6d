import { describe, expect, it } from "vitest";
import { diffOf, shown } from "./diff";
import { resolveAudit } from "./filters";

describe("diffOf", () => {
  it("tells what was changed from what stayed", () => {
    expect(diffOf({ id: "k", disabled: false }, { id: "k", disabled: true })).toEqual([
      { field: "id", kind: "same", before: "k", after: "k" },
      { field: "disabled", kind: "changed", before: false, after: true },
    ]);
  });
  it("has only additions where nothing was before, and only removals where nothing is after", () => {
    expect(diffOf(null, { id: "k" })).toEqual([{ field: "id", kind: "added", after: "k" }]);
    expect(diffOf({ id: "k" }, null)).toEqual([{ field: "id", kind: "removed", before: "k" }]);
    expect(diffOf(null, null)).toEqual([]);
  });
  it("tells what came into a list and what went", () => {
    const [change] = diffOf({ grants: [{ workspace_id: "a", permission: "read" }, { workflow_id: "w", permission: "read" }] }, { grants: [{ permission: "read", workspace_id: "a" }, { workflow_id: "w", permission: "write" }] });
    expect(change?.items).toEqual({ added: [{ workflow_id: "w", permission: "write" }], removed: [{ workflow_id: "w", permission: "read" }], kept: 1 });
  });
  it("does not take another order of fields for a change", () => {
    expect(diffOf({ p: { a: 1, b: [2] } }, { p: { b: [2], a: 1 } })[0]?.kind).toBe("same");
  });
  it("tells null from what is not there", () => {
    expect(diffOf({ expires_at: null }, {})[0]?.kind).toBe("removed");
    expect(diffOf({ allowed_cidrs: null }, { allowed_cidrs: ["10.0.0.0/8"] })[0]).toMatchObject({ kind: "changed", before: null, after: ["10.0.0.0/8"] });
  });
});

describe("shown", () => {
  it("has a word for nothing", () => {
    expect([null, "", [], false, 3, ["a", "b"], { a: 1 }].map(shown)).toEqual(["none", "(empty)", "an empty list", "no", "3", "a, b", '{"a":1}']);
  });
});

describe("resolveAudit", () => {
  const now = Date.parse("2026-11-25T12:00:30Z");
  it("asks for all of it where nothing is said", () => {
    expect(resolveAudit({}, now)).toEqual({});
  });
  it("turns a window into its beginning", () => {
    expect(resolveAudit({ window: "24h" }, now)).toEqual({ from: "2026-11-24T12:00:00.000Z" });
  });
  it("leaves out what the API would refuse", () => {
    expect(resolveAudit({ owner_type: "user", outcome: "perhaps", from: "then", action: "keys.create" }, now)).toEqual({ action: "keys.create" });
  });
});
