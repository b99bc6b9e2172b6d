import { describe, expect, it } from "vitest";
import { factFrom, factKinds, factWords } from "./facts";
import { trial } from "./words";

const make = (id: string, given: Record<string, string>) => factFrom(factKinds.find((k) => k.id === id)!, given);

describe("factFrom", () => {
  it("makes what the API takes", () => {
    expect(make("membership", { user_id: " user_ben ", workspace_id: "ws_lab", role: "write" })).toEqual({ fact: { kind: "workspace_member", workspace_id: "ws_lab", user_id: "user_ben", role: "write" } });
    expect(make("membership", { user_id: "user_ben", workspace_id: "ws_lab", role: "" })).toEqual({ fact: { kind: "workspace_member", workspace_id: "ws_lab", user_id: "user_ben", deleted: true } });
    expect(make("grant", { key_id: "key_1", target: "workspace_id", target_id: "ws_1", permission: "admin" })).toEqual({ fact: { kind: "key", id: "key_1", grants: [{ workspace_id: "ws_1", permission: "admin" }] } });
    expect(make("organization", { workspace_id: "ws_1" })).toEqual({ fact: { kind: "workspace", id: "ws_1", organization_id: null } });
  });
  it("takes the first choice where none was made", () => {
    expect(make("personal_keys", { workspace_id: "ws_1" })).toEqual({ fact: { kind: "workspace", id: "ws_1", personal_keys_enabled: true } });
  });
  it("says what is missing or wrong", () => {
    expect(make("membership", { user_id: "user_ben" })).toEqual({ wrong: "Workspace is missing." });
    for (const json of ["{", "[]", "null", '{"id": "x"}']) expect(make("json", { json })).toHaveProperty("wrong");
  });
  it("has words for all that the forms make", () => {
    for (const kind of factKinds.filter((k) => k.id !== "json")) {
      const made = factFrom(kind, Object.fromEntries(kind.fields.map((f) => [f.name, f.choices?.[0]?.value ?? (f.kind === "time" ? "2030-01-01T00:00" : "x_1")])));
      expect("fact" in made && factWords(made.fact)).not.toMatch(/^false|[{}]|undefined/);
    }
  });
});

describe("factWords", () => {
  it("tells what it has no words for as it is written", () => {
    expect(factWords({ kind: "workspace", id: "ws_1", archived: true, name: "N" } as never)).toBe('{"kind":"workspace","id":"ws_1","archived":true,"name":"N"}');
  });
});

describe("trial", () => {
  const change = (change: string, more = {}) => ({ change, by: "directory", words: "w", ...more }) as never;
  it("needs facts and who may assume them", () => {
    const way = { changes: [change("member")], facts: [{ kind: "workspace_member" as const }] };
    expect(trial(way, true)).toEqual({ facts: way.facts });
    expect(trial(way, false)).toBeNull();
    expect(trial({ changes: [change("member")] }, true)).toBeNull();
  });
  it("waits for anybody", () => {
    expect(trial({ changes: [change("time", { time: "2030-01-01T00:00:00Z" })] }, false)).toEqual({ facts: [], time: "2030-01-01T00:00:00Z" });
  });
});
