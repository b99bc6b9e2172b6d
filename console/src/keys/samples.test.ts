import { describe, expect, it } from "vitest";
import { curlSample, gatewaySample, pythonSample, requestOf, typescriptSample } from "./samples";
import { sampleTarget } from "./target";

const secret = "sk-steelengine-abc";
const executes = { host: "https://api.acme.example/", workflow: "wf_a", permission: "write" as const };
const names = {
  workspaces: {}, workflows: {}, owners: {}, workspaceOf: {}, roles: { ws_core: "read" as const },
  resources: [
    { type: "workflow", id: "wf_draft", name: "", workspace_id: "ws_core", properties: { deployed: false } },
    { type: "workflow", id: "wf_a", name: "", workspace_id: "ws_core", properties: {} },
    { type: "mcp_server", id: "mcp", name: "", workspace_id: "ws_core", properties: {} },
  ],
};

describe("samples", () => {
  it("ask for what the key may do", () => {
    expect(requestOf(executes)).toEqual({ method: "POST", url: "https://api.acme.example/api/workflows/wf_a/execute" });
    expect(requestOf({ ...executes, permission: "read" })).toEqual({ method: "GET", url: "https://api.acme.example/api/workflows/wf_a" });
    expect(requestOf({ ...executes, workflow: "a:b" }).url).toContain("/a%3Ab/");
  });

  it("hold the secret in each language", () => {
    for (const write of [curlSample, typescriptSample, pythonSample]) {
      for (const permission of ["read", "write"] as const) {
        const text = write({ ...executes, permission }, secret);
        expect(text).toContain(secret);
        expect(text).toContain("https://api.acme.example/api/workflows/wf_a");
      }
    }
  });

  it("ask steelgate as a gateway does, about the same request", () => {
    const text = gatewaySample({ ...executes, workflow: "a:b" }, secret, "http://127.0.0.1:8080");
    expect(text).toContain("curl -i http://127.0.0.1:8080/v1/forward-auth ");
    expect(text).toContain(`X-API-Key: ${secret}`);
    expect(text).toContain("X-Forwarded-Method: POST");
    expect(text).toContain('X-Forwarded-Uri: /api/workflows/a%3Ab/execute"');
  });

  it("pick a workflow that is deployed, and that the key may execute", () => {
    const of = (key: Partial<Parameters<typeof sampleTarget>[0]>) => sampleTarget({ type: "workspace", workflow_ids: null, grants: null, ...key }, names);
    expect(of({})).toEqual({ workflow: "wf_a", permission: "write" });
    expect(of({ workflow_ids: ["wf_draft"] })).toEqual({ workflow: "wf_draft", permission: "write" });
    expect(of({ type: "personal" })).toEqual({ workflow: "wf_a", permission: "read" });
    expect(of({ type: "organization", grants: [{ workspace_id: "ws_core", permission: "read" }, { workflow_id: "wf_far", permission: "admin" }] })).toEqual({ workflow: "wf_far", permission: "admin" });
    expect(of({ type: "organization", grants: [] })).toBeNull();
  });
});
