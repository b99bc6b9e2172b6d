import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";

import { checksumMatches, Secret, type Steelgate, SteelgateError } from "../src/index.js";
import { DemoServer } from "./steelgate.js";

let server: DemoServer;
let client: Steelgate;
before(async () => {
  server = await DemoServer.start();
  client = server.client();
});
after(() => server.stop());

test("a key lives from its creation to its revocation, and the next decision sees each change", async () => {
  const keys = client.keysFor("user_ada");
  const created = await keys.create({ type: "workspace", name: "SDK", workspace_id: "ws_core", workflow_ids: ["wf_invoice"] });
  assert.ok(created.secret instanceof Secret && checksumMatches(created.secret.reveal()) && !created.replayed);
  assert.ok(!inspect(created, { depth: 9 }).includes(created.secret.reveal()) && !JSON.stringify(created).includes(created.secret.reveal()));
  assert.equal(created.key.created_by, "user_ada");

  const ask = async (secret: Secret, revision: number, id = "wf_invoice") =>
    (await client.decide({ api_key: secret, action: "workflow.execute", resource: { type: "workflow", id }, min_revision: revision })).code;
  assert.equal(await ask(created.secret, created.revision), "allowed");
  assert.equal(await ask(created.secret, created.revision, "wf_report"), "outside_scope");

  const widened = await keys.update(created.key.id, { name: "SDK, all", workflow_ids: null });
  assert.deepEqual([widened.key.name, widened.key.workflow_ids], ["SDK, all", null]);
  assert.equal(await ask(created.secret, widened.revision, "wf_report"), "allowed");

  const successor = await keys.rotate(created.key.id, { overlapSeconds: 3600 });
  assert.ok(successor.secret);
  assert.equal(successor.key.replaces, created.key.id);
  assert.equal(await ask(created.secret, successor.revision), "allowed");
  assert.equal((await keys.get(created.key.id)).replaced_by, successor.key.id);

  const revoked = await keys.revoke(successor.key.id);
  assert.ok(revoked.key.revoked_at);
  assert.equal(await ask(successor.secret, revoked.revision), "key_revoked");
  await keys.revoke(successor.key.id);
});

test("a request that comes again is not done again, and shows no secret twice", async () => {
  const keys = client.keysFor("user_ben");
  const key = { type: "personal", name: "once" } as const;
  const first = await keys.create(key, { idempotencyKey: "once-1" });
  const again = await keys.create(key, { idempotencyKey: "once-1" });
  assert.deepEqual([again.key.id, again.secret, again.replayed], [first.key.id, null, true]);
  await assert.rejects(keys.create({ ...key, name: "other" }, { idempotencyKey: "once-1" }), { name: "Problem", status: 409, code: "idempotency_key_reused" });
});

test("a list goes over its pages", async () => {
  const keys = client.keysFor("user_cleo");
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await keys.create({ type: "personal", name: `page ${i}` })).key.id);
  const listed = [];
  for await (const key of keys.list({ limit: 2 })) listed.push(key.id);
  assert.deepEqual(listed, made.reverse());
  const page = await keys.listPage({ limit: 2, q: "page" });
  assert.deepEqual([page.data.length, page.pagination.has_more], [2, true]);
  for await (const key of client.platformKeys().list({ owner_type: "user", owner_id: "user_cleo", status: "revoked" })) assert.fail(key.id);
});

test("the keys that reach a workspace are told to its members, and to nobody else", async () => {
  const reaching = await client.keysFor("user_ben").reaching("ws_data");
  assert.deepEqual(reaching.map((key) => [key.id, key.permission]), [["key_demo_organization", "read"]]);
  await assert.rejects(client.keysFor("user_eve").reaching("ws_data"), { name: "Problem" });
});

test("a user manages no more than the policy lets them, and nobody is no user", async () => {
  await assert.rejects(client.keysFor("user_ben").create({ type: "workspace", name: "x", workspace_id: "ws_core" }), { name: "Problem", status: 403, code: "forbidden" });
  await assert.rejects(client.keysFor("user_ben").get("key_demo_workspace_"), { name: "Problem", status: 404 });
  await assert.rejects(client.keysFor("user_ada").create({ type: "workspace", name: " x", workspace_id: "ws_core" }), (failure: any) => failure.status === 422 && failure.errors[0].field === "name");
  assert.throws(() => client.keysFor(""), SteelgateError);
  for (const id of ["", ".", "..", "a/b", "a?b"]) await assert.rejects(client.keysFor("user_ben").revoke(id), SteelgateError, id);
});
