import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../api/audit";
import { actionWords, changedWords } from "./changes";

const owner = { type: "workspace" as const, id: "ws_core" };
const entry = (before: Record<string, unknown> | null, after: Record<string, unknown> | null): AuditEntry => ({
  seq: 1, at: "2026-11-25T12:00:00Z", actor: {}, action: "keys.update", target: { kind: "key", id: "key_1" }, owner, outcome: "done", revision: 1, changes: [{ kind: "key", id: "key_1", owner, before, after }],
});

describe("an entry of a key's trail", () => {
  it("says what was changed, a line a field", () => {
    expect(changedWords(entry({ name: "CI", disabled: false, allowed_cidrs: null }, { name: "Deploys", disabled: true, allowed_cidrs: ["10.0.0.0/8"] }), "key_1"))
      .toEqual(["Name: CI → Deploys", "Disabled: no → yes", "Allowed addresses: any → 10.0.0.0/8"]);
    expect(changedWords(entry({ workflow_ids: ["wf_a"] }, { workflow_ids: null }), "key_1")).toEqual(["Workflows: wf_a → the whole workspace"]);
    expect(changedWords(entry({ name: "CI" }, { name: "CI" }), "key_1")).toEqual([]);
    expect(changedWords(entry(null, { name: "CI" }), "key_1")).toEqual([]);
    expect(changedWords(entry({ name: "CI" }, { name: "X" }), "key_2")).toEqual([]);
  });

  it("says what was done, and what was refused", () => {
    expect(actionWords(entry(null, null))).toBe("Changed");
    expect(actionWords({ ...entry(null, null), outcome: "denied" })).toBe("keys.update, refused");
    expect(actionWords({ ...entry(null, null), action: "site.new" })).toBe("site.new");
  });
});
