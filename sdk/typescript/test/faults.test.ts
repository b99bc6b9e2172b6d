import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";

import { NoAnswer, Problem, Steelgate, SteelgateError } from "../src/index.js";
import { answer, FaultyServer, problem } from "./steelgate.js";
import { shared } from "./data.js";

const request = { api_key: "sk-steelengine-legacy-0123456789", action: "workflow.read", resource: { type: "workflow", id: "wf_1" } };
const { good, misshapen } = shared("answers.json");

test("an answer of another shape is never an allow", async () => {
  let body = "";
  const faulty = await FaultyServer.start((response) => answer(response, 200, body));
  const client = faulty.client();
  body = JSON.stringify(good);
  assert.equal((await client.authorize(request)).allow, true);
  for (const bad of misshapen) {
    body = bad.body;
    await assert.rejects(client.decide(request), (failure: unknown) => failure instanceof NoAnswer && failure.reason === "misshapen", bad.what);
    await assert.rejects(client.authorize(request), SteelgateError, bad.what);
    body = `{"decisions": [${JSON.stringify(good)}, ${bad.body}]}`;
    await assert.rejects(client.decideBatch([request, request]), NoAnswer, "in a batch: " + bad.what);
  }
  for (const count of [0, 1, 3]) {
    body = JSON.stringify({ decisions: Array(count).fill(good) });
    await assert.rejects(client.decideBatch([request, request]), NoAnswer, `${count} for two`);
  }
  await faulty.stop();
});

test("any other status is no allow, whatever the body says", async () => {
  let status = 0;
  const faulty = await FaultyServer.start((response) => answer(response, status, good, { Location: "/elsewhere" }));
  const client = faulty.client({ attempts: 1 });
  for (status of [202, 203, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503, 504]) {
    await assert.rejects(client.decide(request), SteelgateError, String(status));
  }
  assert.ok(faulty.requests.every((got) => got.url === "/v1/decisions"), "a redirect was followed");
  await faulty.stop();
});

test("a server that does not answer is a timeout, in time", async () => {
  const faulty = await FaultyServer.start((response, count) => {
    // The second begins, and never ends.
    if (count === 2) response.write('{"allow": true,');
  });
  for (let i = 0; i < 2; i++) {
    const begun = performance.now();
    await assert.rejects(faulty.client({ timeout: 300, batchWindow: false }).decide(request), { name: "NoAnswer", reason: "timeout" });
    assert.ok(performance.now() - begun < 2000);
  }
  // Of those that wait together each has its own patience.
  const patient = faulty.client({ timeout: 60_000 });
  const both = [patient.decide(request, { timeout: 100 }), patient.decide(request, { signal: AbortSignal.timeout(100) })];
  assert.deepEqual(await Promise.all(both.map((one) => one.catch((failure) => failure.reason))), ["timeout", "cancelled"]);
  await faulty.stop();
});

test("a lost connection is tried again, and is no allow where it stays lost", async () => {
  const faulty = await FaultyServer.start((response, count) => (count < 3 ? response.destroy() : answer(response, 200, good)));
  assert.equal((await faulty.client().decide(request)).allow, true);
  assert.equal(faulty.requests.length, 3);
  await faulty.stop();
  await assert.rejects(faulty.client().decide(request), { name: "NoAnswer", reason: "unreachable" });
});

test("a server that says when to come again is asked then, and not where that is too late", async () => {
  const faulty = await FaultyServer.start((response, count) => (count === 1 ? answer(response, 503, problem(503, "stale"), { "Retry-After": "1" }) : answer(response, 200, good)));
  const begun = performance.now();
  assert.equal((await faulty.client().decide(request)).allow, true);
  assert.ok(performance.now() - begun > 990, "it was asked too early");
  await faulty.stop();

  const busy = await FaultyServer.start((response) => answer(response, 429, problem(429, "too_many_requests"), { "Retry-After": "30" }));
  await assert.rejects(busy.client().decide(request), (failure: unknown) => failure instanceof Problem && failure.status === 429 && failure.retryAfter === 30_000);
  assert.equal(busy.requests.length, 1);
  await busy.stop();
});

test("what failed inside is not asked again", async () => {
  const faulty = await FaultyServer.start((response) => answer(response, 500, problem(500, "policy_error")));
  await assert.rejects(faulty.client().decide(request), { name: "Problem", status: 500, code: "policy_error" });
  assert.equal(faulty.requests.length, 1);
  await faulty.stop();
});

test("questions of one turn go together, and where the policy fails for one, that one fails", async () => {
  const failed = { ...good, allow: false, status: 500, code: "policy_error", billed_to: undefined };
  const faulty = await FaultyServer.start((response, _, body) => answer(response, 200, { decisions: body.decisions.map((one: any) => (one.action === "bad" ? failed : good)) }));
  const client = faulty.client();
  const asked = [client.decide(request), client.decide({ ...request, action: "bad" }), Promise.resolve().then(() => client.decide(request))];
  const settled = await Promise.allSettled(asked);
  assert.deepEqual(settled.map((outcome) => outcome.status), ["fulfilled", "rejected", "fulfilled"]);
  assert.equal(faulty.requests.length, 1);
  assert.equal(faulty.requests[0]!.url, "/v1/decisions/batch");
  await faulty.stop();
});

test("a question is what it was when it was asked, and one that can't be written fails alone", async () => {
  const faulty = await FaultyServer.start((response, count, body) => {
    if (count === 1) response.destroy();
    else answer(response, 200, body.decisions ? { decisions: body.decisions.map(() => good) } : good);
  });
  for (const batchWindow of [0, false] as const) {
    const client = faulty.client({ batchWindow });
    const resource = { type: "workflow", id: "wf_1" };
    const mine = client.decide({ ...request, resource });
    resource.id = "wf_2";
    const other = client.decide({ ...request, resource });
    resource.id = "wf_3";
    const unwritable = client.decide({ ...request, context: { big: 1n } });
    const settled = await Promise.allSettled([mine, other, unwritable]);
    assert.deepEqual(settled.map((outcome) => outcome.status), ["fulfilled", "fulfilled", "rejected"], String(batchWindow));
    assert.ok(settled[2]?.status === "rejected" && settled[2].reason.name === "SteelgateError");
  }
  const asked = faulty.bodies.map((body: any) => (body.decisions ?? [body]).map((one: any) => one.resource.id).join());
  // The first try was lost. What was sent again was the same.
  assert.deepEqual(asked.slice(0, 2), ["wf_1,wf_2", "wf_1,wf_2"]);
  assert.deepEqual(asked.slice(2).sort(), ["wf_1", "wf_2"]);
  await faulty.stop();
});

test("a change is tried once, and a creation again under the same name", async () => {
  const record = { id: "key_1", type: "personal", name: "x", disabled: false };
  const faulty = await FaultyServer.start((response, count) => {
    if (count % 2 === 1) response.destroy();
    else answer(response, 200, { ...record, secret: null, replayed: true }, { "Idempotency-Replayed": "true", "Steelgate-Revision": "7" });
  });
  const keys = faulty.client().keysFor("user_1");
  const issued = await keys.create({ type: "personal", name: "x" });
  assert.deepEqual([issued.secret, issued.replayed, issued.revision], [null, true, 7]);
  const [first, second] = faulty.requests.map((got) => got.headers["idempotency-key"]);
  assert.ok(first && first === second);
  assert.deepEqual(faulty.requests.map((got) => got.headers["x-steelgate-actor"]), ["user_1", "user_1"]);
  await assert.rejects(keys.update("key_1", { disabled: true }), { name: "NoAnswer", reason: "unreachable" });
  assert.equal(faulty.requests.length, 3);
  await faulty.stop();
});

test("no error holds a secret, not even one that was sent back", async () => {
  const leak = "not good: sk-steelengine-legacy-0123456789 by sgt_of_a_test_0123";
  const leaky = { ...problem(422, "invalid_field"), detail: leak, errors: [{ field: "x", message: leak }, null] };
  const faulty = await FaultyServer.start((response, count) => answer(response, count === 1 ? 422 : 200, count === 1 ? leaky : "sk-steelengine-legacy-0123456789"));
  for (let i = 0; i < 2; i++) {
    const failure = await faulty.client().decide(request).catch((caught) => caught);
    assert.ok(failure instanceof SteelgateError);
    assert.ok(!/legacy|of_a_test/.test(inspect(failure, { depth: 9, showHidden: true })), inspect(failure));
  }
  await faulty.stop();
  const unreachable = await new Steelgate({ url: faulty.url, token: "sgt_of_a_test" }).decide(request).catch((caught) => caught);
  assert.ok(!/legacy|of_a_test/.test(inspect(unreachable, { depth: 9, showHidden: true })), inspect(unreachable));
});
