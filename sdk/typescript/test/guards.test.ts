import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, request as ask, type Server as HttpServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type HttpBindings, getRequestListener } from "@hono/node-server";
import express from "express";
import { type Context, Hono } from "hono";

import { guard as expressGuard, decisionOf } from "../src/express.js";
import { guard as fetchGuard } from "../src/fetch.js";
import { guard as honoGuard, type SteelgateVariables } from "../src/hono.js";
import type { RouteTable } from "../src/routes.js";
import type { Steelgate } from "../src/index.js";
import { close, DemoServer, FaultyServer, listen } from "./steelgate.js";
import { shared } from "./data.js";

const route: RouteTable = {
  "GET /api/workflows/{workflow}": { action: "workflow.read", resource: { type: "workflow", id: "{workflow}" } },
  "POST /api/workflows/{workflow}/execute": { action: "workflow.execute", resource: { type: "workflow", id: "{workflow}" } },
  "POST /api/workflows/{workflow}/deploy": { action: "workflow.deploy", resource: { type: "workflow", id: "{workflow}" } },
};

type HonoApp = { Bindings: HttpBindings; Variables: SteelgateVariables };

/** Applications that answer whom they would bill, behind each of the guards. */
const applications: Record<string, (client: Steelgate, onError: (error: unknown) => void) => HttpServer> = {
  express(client, onError) {
    const app = express();
    app.use(expressGuard({ client, route, onError }));
    app.use((request, response) => void response.json({ billed: decisionOf(request).billed_to?.id }));
    return createServer(app);
  },
  hono(client, onError) {
    const app = new Hono<HonoApp>();
    app.use(honoGuard<Context<HonoApp>>({ client, route, onError, clientIp: (context) => context.env.incoming.socket.remoteAddress }));
    app.all("*", (context) => context.json({ billed: context.get("steelgate").billed_to?.id }));
    return createServer(getRequestListener(app.fetch));
  },
  fetch(client, onError) {
    return createServer(getRequestListener(fetchGuard({ client, route, onError, clientIp: () => "127.0.0.1" }, (_, decision) => Response.json({ billed: decision.billed_to?.id }))));
  },
};

let server: DemoServer;
before(async () => void (server = await DemoServer.start()));
after(() => server.stop());

interface Got {
  status: number;
  headers: Record<string, unknown>;
  body: any;
}

/** Sends headers as they stand, doubled ones too. */
function send(url: string, method: string, path: string, headers: string[][]): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(url);
    ask({ hostname, port, method, path, headers: [["Host", host], ...headers].flat() as never }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text ? JSON.parse(text) : null }));
    })
      .on("error", reject)
      .end();
  });
}

for (const [name, start] of Object.entries(applications)) {
  test(`${name}: requests are let through and refused as forward-auth does`, async () => {
    const app = start(server.client(), (error) => console.error(error));
    const url = await listen(app);
    const personal = server.key("key_demo_personal");
    const organization = server.key("key_demo_organization");
    const cases: [string, string, string[][]][] = shared("credentials.json").map((vector: any) => [
      "POST",
      "/api/workflows/wf_invoice/execute",
      vector.headers.map(([header, value]: [string, string]) => [header, value.replace("KEY", personal)]),
    ]);
    for (const [method, path] of [
      ["GET", "/api/workflows/wf_invoice"],
      ["HEAD", "/api/workflows/wf_invoice"],
      ["POST", "/api/workflows/wf_invoice/execute?dry=1"],
      ["POST", "/api/workflows/wf_invoice/deploy"],
      ["POST", "/api/workflows/wf_etl/execute"],
      ["POST", "/api/workflows/wf_assay/execute"],
      ["POST", "/api/workflows/wf_draft/execute"],
      ["POST", "/api/workflows/none/execute"],
      ["POST", "/api/workflows/a%2fb/execute"],
      ["PURGE", "/api/workflows/wf_invoice"],
      ["GET", "/else"],
    ] as const) {
      for (const key of [personal, organization, "sk-steelengine-0000000000000000", ""]) cases.push([method, path, [["X-API-Key", key]]]);
    }
    for (const [method, path, headers] of cases) {
      const want = await send(server.url, method, "/v1/forward-auth", [...headers, ["X-Forwarded-Method", method], ["X-Forwarded-Uri", path]]);
      const got = await send(url, method, path, headers);
      const what = `${method} ${path} ${JSON.stringify(headers)}`;
      assert.equal(got.status, want.status, what);
      assert.equal(got.headers["www-authenticate"], want.headers["www-authenticate"], what);
      if (method === "HEAD") continue;
      if (want.status === 200) assert.equal(got.body.billed, want.headers["x-steelgate-billed-to"], what);
      else {
        assert.equal(got.headers["content-type"], want.headers["content-type"], what);
        assert.match(got.body.error.decision_id, /^dec_[0-9a-f]{32}$/, what);
        const [mine, theirs] = [got.body, want.body].map(({ error: { code, message } }) => ({ code, message }));
        assert.deepEqual(mine, theirs, what);
      }
    }
    await close(app);
  });

  test(`${name}: where no decision can be made, nothing is let through`, async () => {
    const faulty = await FaultyServer.start((response, count) => (count === 1 ? response.destroy() : response.writeHead(200).end("{}")));
    const errors: unknown[] = [];
    const app = start(faulty.client({ attempts: 1, timeout: 500 }), (error) => {
      errors.push(error);
      throw new Error("whoever listens may fail too");
    });
    const url = await listen(app);
    for (let i = 0; i < 3; i++) {
      if (i === 2) await faulty.stop();
      const got = await send(url, "GET", "/api/workflows/wf_invoice", [["X-API-Key", server.key("key_demo_personal")]]);
      assert.deepEqual([got.status, got.headers["retry-after"], got.body.error.code], [503, "1", "unavailable"]);
    }
    assert.equal(errors.length, 3);
    await close(app);
  });
}

test("a function that says what a request is for, and fails, lets nothing through", async () => {
  const client = server.client();
  const key = server.key("key_demo_personal");
  const ask = async (route: Parameters<typeof fetchGuard>[0]["route"], clientIp?: () => string) =>
    (await fetchGuard({ client, route, ...(clientIp && { clientIp }) }, () => new Response("in"))(new Request("http://app/x", { headers: { "X-API-Key": key } }))).status;
  const read = { action: "workflow.read", resource: { type: "workflow", id: "wf_invoice" } };
  assert.equal(await ask(() => read), 200);
  assert.equal(await ask(async () => read), 200);
  assert.equal(await ask(() => null), 403);
  assert.equal(await ask(() => undefined), 403);
  assert.equal(await ask(() => assert.fail()), 503);
  assert.equal(await ask(() => read, () => assert.fail()), 503);
});

test("a key with an allow-list works from its networks alone", async () => {
  const { secret } = await server.client().keysFor("user_ben").create({ type: "personal", name: "office", allowed_cidrs: ["203.0.113.0/24"] });
  const read = () => ({ action: "workflow.read", resource: { type: "workflow", id: "wf_invoice" } });
  const from = async (address?: string) => {
    const handler = fetchGuard({ client: server.client(), route: read, clientIp: () => address }, () => new Response("in"));
    return (await handler(new Request("http://app/", { headers: { Authorization: "Bearer " + secret!.reveal() } }))).status;
  };
  assert.deepEqual([await from("203.0.113.9"), await from("198.51.100.1"), await from("nonsense"), await from()], [200, 403, 403, 403]);
});

test("a URL with a fragment matches no route, for some would take it for a part of the path", async () => {
  const handler = fetchGuard({ client: server.client(), route }, () => new Response("in"));
  const ask = async (url: string) => (await handler(new Request(url, { headers: { "X-API-Key": server.key("key_demo_personal") } }))).status;
  assert.deepEqual([await ask("http://app/api/workflows/wf_invoice"), await ask("http://app/api/workflows/wf_invoice#/../wf_assay")], [200, 403]);
});

test("a refusal that comes too late to be told goes no further", async () => {
  const judge = expressGuard({ client: server.client(), route });
  const reached: unknown[] = [];
  const over = new Promise<void>((resolve) => {
    const response = {
      set statusCode(_: number) {
        resolve();
        throw new Error("answered already");
      },
      setHeader: () => assert.fail(),
      end: () => assert.fail(),
    };
    judge({ method: "GET", url: "/api/workflows/wf_invoice", rawHeaders: [] }, response, (failure) => reached.push(failure));
  });
  await over;
  await new Promise(setImmediate);
  assert.deepEqual(reached, []);
});

test("a request that no guard let through has no decision", () => {
  assert.throws(() => decisionOf({}), /No guard/);
});

test("the example runs", async () => {
  const example = spawn(process.execPath, [fileURLToPath(new URL("../examples/express.js", import.meta.url))], {
    env: { STEELGATE_URL: server.url, STEELGATE_TOKEN: server.token, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      example.stdout.on("data", (chunk) => resolve(/http:\S+/.exec(String(chunk))![0]));
      example.on("exit", () => reject(new Error("the example ended")));
    });
    const key = [["X-API-Key", server.key("key_demo_personal")]];
    assert.deepEqual((await send(url, "POST", "/api/workflows/wf_invoice/execute", key)).body, { ran: "wf_invoice", billed_to: { type: "user", id: "user_ben" } });
    assert.equal((await send(url, "POST", "/api/workflows/wf_assay/execute", key)).status, 403);
    assert.equal((await send(url, "POST", "/api/workflows/wf_invoice/execute", [])).status, 401);
    assert.equal(await (await fetch(url + "/healthz")).text(), "ok");
  } finally {
    const ended = new Promise((resolve) => example.once("exit", resolve));
    example.kill();
    await ended;
  }
});
