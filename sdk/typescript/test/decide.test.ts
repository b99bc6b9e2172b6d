import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Denied, Problem, Secret, type Steelgate } from "../src/index.js";
import { DemoServer } from "./steelgate.js";

let server: DemoServer;
let client: Steelgate;
before(async () => {
  server = await DemoServer.start();
  client = server.client();
});
after(() => server.stop());

const invoice = { type: "workflow", id: "wf_invoice" };

test("a key may do what its grants say, and the workspace's owner is billed", async () => {
  const decision = await client.authorize({ api_key: new Secret(server.key("key_demo_organization")), action: "workflow.execute", resource: invoice });
  assert.equal(decision.allow, true);
  assert.deepEqual(decision.billed_to, { type: "user", id: "user_ada" });
  assert.deepEqual(decision.permission, { required: "write", granted: "write" });
});

test("a deny is an answer to decide, and an error to authorize", async () => {
  const request = { api_key: server.key("key_demo_personal"), action: "workflow.execute", resource: { type: "workflow", id: "wf_etl" } };
  const decision = await client.decide(request);
  assert.deepEqual([decision.allow, decision.status, decision.code], [false, 403, "personal_keys_disabled"]);
  await assert.rejects(client.authorize(request), (failure: unknown) => {
    assert.ok(failure instanceof Denied);
    assert.deepEqual([failure.status, failure.code], [403, "personal_keys_disabled"]);
    assert.match(failure.decisionId, /^dec_[0-9a-f]{32}$/);
    return true;
  });
  await assert.rejects(client.authorize({ ...request, api_key: "sk-steelengine-0000000000000000" }), { name: "Denied", status: 401, code: "key_unknown" });
  await assert.rejects(client.authorize({ action: request.action, resource: request.resource }), { name: "Denied", status: 401, code: "key_missing" });
});

test("a batch is answered in its order", async () => {
  const api_key = server.key("key_demo_workspace");
  const decisions = await client.decideBatch([
    { api_key, action: "workflow.execute", resource: invoice },
    { api_key, action: "workflow.execute", resource: { type: "workflow", id: "wf_report" } },
    { api_key: "nonsense", action: "workflow.execute", resource: invoice },
  ]);
  assert.deepEqual(decisions.map((decision) => decision.code), ["allowed", "outside_scope", "key_malformed"]);
  await assert.rejects(client.decideBatch([]), /1 to 1000/);
});

test("questions asked together are each answered as alone, and one that can't be read fails alone", async () => {
  const api_key = server.key("key_demo_workspace");
  const asked = Array.from({ length: 1203 }, (_, i) => {
    const id = i % 3 === 0 ? "wf_invoice" : "wf_report";
    return client.decide({ api_key, action: i === 700 ? "" : "workflow.execute", resource: { type: "workflow", id } });
  });
  const settled = await Promise.allSettled(asked);
  settled.forEach((outcome, i) => {
    if (i === 700) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof Problem && outcome.reason.status === 422, String(i));
      assert.equal(outcome.reason.errors[0]?.field, "action");
    } else assert.equal(outcome.status === "fulfilled" && outcome.value.code, i % 3 === 0 ? "allowed" : "outside_scope", String(i));
  });
});

test("a client whose token is not known gets no decision", async () => {
  const stranger = server.client({ token: "sgt_" + "0".repeat(49) });
  await assert.rejects(stranger.decide({ api_key: server.key("key_demo_personal"), action: "workflow.read", resource: invoice }), { name: "Problem", status: 401, code: "unauthenticated" });
});
