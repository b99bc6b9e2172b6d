import { describe, expect, it } from "vitest";
import { billedWords, canWords, reachShort, sameGrants } from "./scope";

const names = { workspaces: { ws_core: "Core", ws_data: "Data" }, workflows: { wf_a: "Invoices", wf_b: "Reports", wf_c: "Load" } };
const workspaceKey = (workflow_ids: string[] | null) => ({ type: "workspace" as const, workspace_id: "ws_core", workflow_ids, grants: null });

describe("what a key reaches, in words", () => {
  it("of a workspace key", () => {
    expect(canWords(workspaceKey(null), names)).toBe("execute and change every workflow in Core, read their logs and metrics, and call its MCP servers");
    expect(canWords(workspaceKey(["wf_a", "wf_b"]), names)).toBe("execute and change 2 workflows in Core (Invoices and Reports), read their logs and metrics, and call MCP servers that expose nothing else");
    expect(canWords(workspaceKey(["wf_gone"]), names)).toBe("execute and change wf_gone in Core, read its logs and metrics, and call MCP servers that expose nothing else");
    expect(canWords(workspaceKey([]), names)).toContain("reach nothing");
    expect(reachShort(workspaceKey(null))).toBe("The whole workspace");
    expect(reachShort(workspaceKey([]))).toBe("Nothing any more");
  });

  it("of an organization key", () => {
    const key = { type: "organization" as const, workflow_ids: null, grants: [{ workspace_id: "ws_core", permission: "read" as const }, { workflow_id: "wf_c", permission: "admin" as const }] };
    expect(canWords(key, names)).toBe("read everything in Core and execute, change, deploy and delete Load");
    expect(reachShort(key)).toBe("1 workspace, 1 workflow");
    expect(reachShort({ ...key, grants: [] })).toBe("Nothing any more");
  });

  it("says who is billed", () => {
    expect(billedWords("personal", [])).toBe("billed to you");
    expect(billedWords("workspace", ["Ada"])).toBe("billed to Ada");
    expect(billedWords("organization", ["Ada", "Dan", "Ada"])).toBe("billed to Ada and Dan");
    for (const owners of [[], [""], ["Ada", ""]]) expect(billedWords("organization", owners)).toBe("billed to the owner of each workspace that it reaches");
    expect(billedWords("workspace", [""])).toBe("billed to the owner of its workspace");
  });

  it("tells grants apart by what they give, not by their order", () => {
    const a = { workspace_id: "ws_core", permission: "read" as const };
    const b = { workflow_id: "wf_a", permission: "write" as const };
    expect(sameGrants([a, b], [b, a])).toBe(true);
    expect(sameGrants([a], [{ ...a, permission: "write" }])).toBe(false);
    expect(sameGrants([a], [a, b])).toBe(false);
  });
});
