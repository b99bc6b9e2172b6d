import { describe, expect, it } from "vitest";
import type { Impact, TestResult, Verdict } from "../api/policies";
import { duration, failureOf, impactSummary, managerWords, overridable, sortedDiagnostics, sortedTests, standing, testName, verdictWords } from "./words";

const test = (over: Partial<TestResult>): TestResult => ({ path: "site/site_test.rego", name: "data.steelgate.site_test.test_x", row: 3, pass: true, skip: false, duration_ms: 1, ...over });
const verdict = (over: Partial<Verdict>): Verdict => ({ ok: false, diagnostics: [], tests: { passed: 0, failed: 0, results: [] }, coverage: 100, uncovered: [], invariants: [], ...over });
const broken = { name: "x", promise: "A promise.", holds: false, witness: "w" };

describe("tests", () => {
  it("are named for people", () => {
    expect(testName("data.steelgate.site_test.test_partners_rest_on_saturday")).toBe("partners rest on saturday");
    expect(testName("data.steelgate.site_test.todo_test_later")).toBe("later");
  });

  it("say where they failed", () => {
    expect(failureOf(test({ message: "site/site_test.rego:37: not true: f(x) == {" }))).toEqual({ path: "site/site_test.rego", row: 37, text: "not true: f(x) == {" });
    expect(failureOf(test({ message: "took too long" }))).toEqual({ path: "site/site_test.rego", row: 3, text: "took too long" });
  });

  it("stand failed first", () => {
    const sorted = sortedTests([test({ name: "a" }), test({ name: "b", pass: false, skip: true }), test({ name: "c", pass: false })]);
    expect(sorted.map((t) => t.name)).toEqual(["c", "b", "a"]);
  });

  it("tell how long they took", () => {
    expect([duration(0.534), duration(42.9), duration(2400)]).toEqual(["0.5 ms", "43 ms", "2.4 s"]);
  });
});

describe("a verdict", () => {
  const error = { path: "b", row: 1, col: 1, severity: "error" as const, code: "x", message: "m" };

  it("sorts what stands in the way first", () => {
    expect(sortedDiagnostics([{ ...error, severity: "hint", path: "a" }, error]).map((d) => d.path)).toEqual(["b", "a"]);
  });

  it("may be overridden where nothing but invariants is broken", () => {
    expect(overridable(verdict({ invariants: [broken] }))).toBe(true);
    expect(overridable(verdict({ invariants: [broken], diagnostics: [error] }))).toBe(false);
    expect(overridable(verdict({ invariants: [broken], tests: { passed: 1, failed: 1, results: [] } }))).toBe(false);
    expect(overridable(verdict({ ok: true, invariants: [] }))).toBe(false);
  });

  it("says what stands in the way", () => {
    expect(standing(verdict({ ok: true }))).toBe("");
    expect(standing(verdict({ invariants: [broken], diagnostics: [error], tests: { passed: 1, failed: 2, results: [] } }))).toBe("1 error, 2 failing tests, 1 broken invariant");
  });
});

describe("an impact in words", () => {
  const impact = (over: { classes?: number; changed?: number; keys?: number; logged?: number }): Impact => ({
    widens: false, digest: "",
    small_world: { evaluated: 10, changed: over.changed ?? 0, classes: Array(over.classes ?? 0).fill({}), routes: [], management: [], unseen: [], not_asked: [], truncated: false, widens: false, digest: "" },
    live: { keys: over.keys ?? 0, workspaces: 0, owners: 0, by_kind: {}, sample: [], asked: 0, standing: 0, truncated: false },
    logged: { evaluated: 20, changed: over.logged ?? 0, not_replayable: 0, by_kind: {}, keys: [], routes: [], sample: [], truncated: false },
  });

  it("counts", () => {
    expect(impactSummary(impact({}))).toBe("Nothing would be decided otherwise.");
    expect(verdictWords(impact({}))).toBe("It widens nothing");
    const unseen = { ...impact({}), widens: true };
    unseen.small_world.unseen = [{ text: "emergency", path: "site/site.rego", row: 4 }];
    expect(verdictWords(unseen)).toBe("Whether it widens can't be told");
    expect(managerWords({ operation: "keys.create", owner: "workspace", role: "write", before: false, after: true })).toBe("a write of the workspace");
    expect(impactSummary(impact({ classes: 1, changed: 5, keys: 2, logged: 3 }))).toBe("1 class of questions, 2 live keys and 3 of 20 replayed decisions would come out otherwise.");
  });
});
