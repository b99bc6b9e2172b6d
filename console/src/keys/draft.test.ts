import { describe, expect, it } from "vitest";
import type { Key } from "../api/keys";
import { changeOf, creationOf, draftOf, emptyDraft, errorsOf } from "./draft";

const now = new Date("2026-11-25T12:00:00Z");
const key: Key = {
  id: "key_1", type: "workspace", name: "CI", workspace_id: "ws_core", workflow_ids: ["wf_a", "wf_b"], grants: null, hint: "sk-steelengine-…abcd", created_by: "user_ada",
  created_at: "2026-11-01T00:00:00Z", expires_at: "2026-12-31T10:00:00Z", disabled: false, allowed_cidrs: ["203.0.113.0/24"], last_used_at: null, revoked_at: null, revoked_by: null, replaced_by: null,
};

describe("a draft of a key", () => {
  it("asks for the name alone", () => {
    expect(errorsOf(emptyDraft, "workspace", now)).toHaveProperty("name");
    expect(errorsOf({ ...emptyDraft, name: "CI" }, "workspace", now)).toEqual({});
    expect(creationOf({ ...emptyDraft, name: " CI " }, { type: "workspace", id: "ws_core" }, now)).toEqual({ type: "workspace", name: "CI", workspace_id: "ws_core" });
    expect(creationOf({ ...emptyDraft, name: "Mine" }, { type: "user", id: "user_ben" }, now)).toEqual({ type: "personal", name: "Mine", user_id: "user_ben" });
  });

  it("wants what narrows it to be something", () => {
    expect(errorsOf({ ...emptyDraft, name: "CI", narrowed: true }, "workspace", now)).toHaveProperty("workflow_ids");
    expect(errorsOf({ ...emptyDraft, name: "CI" }, "organization", now)).toHaveProperty("grants");
    expect(errorsOf({ ...emptyDraft, name: "CI", networks: "10.0.0.0/8 there" }, "workspace", now).allowed_cidrs).toContain("there is no address");
  });

  it("sends all that was chosen", () => {
    const draft = { ...emptyDraft, name: "CI", narrowed: true, workflows: ["wf_a"], expiry: { choice: "30" as const, date: "" }, networks: "203.0.113.9, 10.0.0.0/8" };
    expect(creationOf(draft, { type: "workspace", id: "ws_core" }, now)).toEqual({
      type: "workspace", name: "CI", workspace_id: "ws_core", workflow_ids: ["wf_a"], expires_at: "2026-12-25T12:00:00.000Z", allowed_cidrs: ["203.0.113.9/32", "10.0.0.0/8"],
    });
  });

  it("changes what was changed, and no more", () => {
    const draft = draftOf(key);
    expect(changeOf(draft, key, now)).toEqual({});
    expect(changeOf({ ...draft, workflows: ["wf_b", "wf_a"] }, key, now)).toEqual({});
    expect(changeOf({ ...draft, name: "Deploys", networks: "" }, key, now)).toEqual({ name: "Deploys", allowed_cidrs: null });
    expect(changeOf({ ...draft, narrowed: false, expiry: { choice: "none", date: "" } }, key, now)).toEqual({ workflow_ids: null, expires_at: null });
  });

  it("finds no fault with an expiry that stays as it is", () => {
    const expired = { ...key, expires_at: "2026-11-01T10:00:00Z" };
    expect(errorsOf(draftOf(expired), "workspace", now, expired)).toEqual({});
    expect(errorsOf(draftOf(expired), "workspace", now)).toHaveProperty("expires_at");
  });
});
