import assert from "node:assert/strict";
import test from "node:test";
import { format, inspect } from "node:util";

import { checksumMatches, looksLikeKey, Secret, Steelgate, SteelgateError } from "../src/index.js";
import { shared } from "./data.js";

test("a key is told by its form, and a minted one by its checksum", () => {
  for (const { text, looks_like_key, checksum_matches } of shared("secrets.json")) {
    assert.equal(looksLikeKey(text), looks_like_key, text);
    assert.equal(checksumMatches(text), checksum_matches, text);
  }
});

test("a secret prints as [redacted], whatever prints it", () => {
  const secret = new Secret("sk-steelengine-legacy-0123456789");
  for (const printed of [String(secret), `${secret}`, JSON.stringify({ secret }), inspect(secret), inspect({ deep: [{ secret }] }, { showHidden: true, depth: 9 }), format("%s %o %j", secret, secret, secret)]) {
    assert.ok(!printed.includes("legacy") && printed.includes("[redacted]"), printed);
  }
  assert.equal(secret.reveal(), "sk-steelengine-legacy-0123456789");
});

test("a client does not print its token", () => {
  const client = new Steelgate({ url: "http://127.0.0.1:1", token: "sgt_this_is_secret" });
  assert.ok(!inspect(client, { showHidden: true, depth: 9 }).includes("this_is_secret") && !JSON.stringify(client).includes("this_is_secret"));
  for (const token of ["sgt_this_is_secret\n", "", "sgt this_is_secret", "sgt_thís_is_secret"]) {
    assert.throws(
      () => new Steelgate({ url: "http://127.0.0.1:1", token }),
      (failure: unknown) => failure instanceof SteelgateError && !inspect(failure).includes("is_secret"),
    );
  }
});

test("a client takes an address and nothing beside it", () => {
  assert.throws(
    () => new Steelgate({ url: "http://user:is_secret@a b", token: "t" }),
    (failure: unknown) => failure instanceof SteelgateError && !inspect(failure, { showHidden: true, depth: 9 }).includes("is_secret"),
  );
  for (const url of ["ftp://a", "http://user:pass@a", "http://a/?q=1", "http://a/#b"]) assert.throws(() => new Steelgate({ url, token: "t" }), SteelgateError, url);
});
