import assert from "node:assert/strict";
import test from "node:test";

import { SteelgateError } from "../src/index.js";
import { compileRoutes } from "../src/routes.js";
import { presentedKey } from "../src/credential.js";
import { shared } from "./data.js";

const { table, requests, unreadable, ambiguous } = shared("routes.json");

test("a route is what a request stands for, and what is not canonical stands for nothing", () => {
  const match = compileRoutes(table);
  for (const { method, target, action, id } of requests) {
    const question = match(method, target);
    assert.deepEqual([question?.action, question?.resource.id], [action, id], `${method} ${JSON.stringify(target)}`);
  }
});

test("a pattern that can't be read is refused where it is given", () => {
  for (const pattern of unreadable) assert.throws(() => compileRoutes({ [pattern]: { action: "a", resource: { type: "t", id: "x" } } }), SteelgateError, pattern);
  assert.throws(() => compileRoutes({ "GET /a/{b}": { action: "a", resource: { type: "t", id: "{c}" } } }), SteelgateError);
  for (const patterns of ambiguous) {
    const table = Object.fromEntries(patterns.map((pattern: string) => [pattern, { action: "a", resource: { type: "t", id: "x" } }]));
    assert.throws(() => compileRoutes(table), /same requests/, patterns.join());
  }
});

test("of headers that may differ none is the key", () => {
  const key = "sk-steelengine-legacy-0123456789";
  for (const vector of shared("credentials.json")) {
    const headers = vector.headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value.replace("KEY", key)]);
    const want = vector.key?.replace("KEY", key) ?? "ambiguous";
    const of = (name: string) => headers.filter((header: string[]) => header[0] === name).map((header: string[]) => header[1]);
    assert.equal(presentedKey(of("x-api-key"), of("authorization")), want, JSON.stringify(headers));
    // As a server hands them over that makes one of two.
    const joined = (name: string) => (of(name).length === 0 ? [] : [of(name).join(", ")]);
    const got = presentedKey(joined("x-api-key"), joined("authorization"));
    assert.ok(got === want || (want === "ambiguous" && !/^sk-steelengine-[A-Za-z0-9_-]*$/.test(got)), `joined ${JSON.stringify(headers)}: ${got}`);
  }
});
