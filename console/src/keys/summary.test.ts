import { describe, expect, it } from "vitest";
import type { Key } from "../api/keys";
import { draftOf, emptyDraft } from "./draft";
import { summaryOf } from "./DraftSummary";

const names = { workspaces: { ws_core: "Core", ws_data: "Data" }, workflows: { wf_a: "Invoices", wf_b: "Reports", wf_etl: "Load" }, owners: { ws_core: "Ada", ws_data: "Dan" }, workspaceOf: { wf_etl: "ws_data" }, resources: [], roles: {} };
const inCore = { type: "workspace" as const, id: "ws_core" };
const now = new Date(2026, 10, 25, 12);

describe("the summary of a new key", () => {
  it("says what it can do, who is billed, until when and from where", () => {
    const draft = { ...emptyDraft, narrowed: true, workflows: ["wf_a", "wf_b"], expiry: { choice: "30" as const, date: "" }, networks: "203.0.113.9" };
    const said = summaryOf(inCore, draft, names, undefined, now);
    expect(said).toContain("It can execute and change 2 workflows in Core (Invoices and Reports), read their logs and metrics, and call MCP servers that expose nothing else; billed to Ada.");
    expect(said).toMatch(/It works until .*2026, from 203\.0\.113\.9\/32 alone\.$/);
  });

  it("says that a key without anything to reach can't do anything", () => {
    expect(summaryOf(inCore, { ...emptyDraft, narrowed: true }, names)).toContain("can't do anything yet");
    expect(summaryOf({ type: "organization", id: "org" }, emptyDraft, names)).toContain("can't do anything yet");
  });

  it("bills the owner of each workspace that an organization's key reaches", () => {
    const draft = { ...emptyDraft, grants: [{ workspace_id: "ws_core", permission: "read" as const }, { workflow_id: "wf_etl", permission: "write" as const }] };
    expect(summaryOf({ type: "organization", id: "org" }, draft, names)).toBe("It can read everything in Core and execute and change Load; billed to Ada and Dan. It works until it is revoked, from any address.");
  });

  it("says when a key has expired, and that a day is still to be chosen", () => {
    const dated = (date: string) => ({ ...emptyDraft, expiry: { choice: "date" as const, date } });
    expect(summaryOf(inCore, dated(""), names, undefined, now)).toContain("It works until the day that you choose, from any address.");
    expect(summaryOf(inCore, dated("2026-11-20"), names, undefined, now)).toContain("It has expired");
    // Its day is not over, and its moment is.
    const was = { type: "workspace", name: "CI", workflow_ids: null, grants: null, allowed_cidrs: null, expires_at: new Date(2026, 10, 25, 11).toISOString() } as Key;
    expect(summaryOf(inCore, draftOf(was), names, undefined, now, was)).toContain("It has expired");
    expect(summaryOf(inCore, dated("2026-12-01"), names, undefined, now, was)).toContain("It works until");
  });

  it("bills oneself for a personal key, and warns of an archived workspace", () => {
    expect(summaryOf({ type: "user", id: "user_ben" }, emptyDraft, names)).toContain("billed to you");
    const archived = { id: "ws_core", name: "Core", organization_id: null, organization_name: null, owner_id: "user_ada", owner_name: "Ada", personal_keys_enabled: true, archived: true, role: "admin" as const, may: [] };
    expect(summaryOf(inCore, emptyDraft, names, archived)).toContain("archived");
  });
});
