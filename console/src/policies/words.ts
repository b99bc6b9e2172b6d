import type { Diagnostic, Impact, ImpactKind, TestResult, Verdict } from "../api/policies";
import type { Tone } from "../ui/StatusBadge";
import { count, listWords } from "../ui/words";

/** The kinds of change, the gravest first. */
export const kinds: readonly ImpactKind[] = ["widened", "errors", "narrowed", "billing_changed", "code_changed"];

export const kindWords: Record<ImpactKind, { title: string; about: string; tone: Tone }> = {
  widened: { title: "Widened", about: "Refused today, and allowed by the draft.", tone: "warn" },
  errors: { title: "Fails", about: "The draft can't decide these: the answer would be an error, and nothing is allowed.", tone: "bad" },
  narrowed: { title: "Narrowed", about: "Allowed today, and refused by the draft.", tone: "info" },
  billing_changed: { title: "Billing changed", about: "Allowed by both, and billed to somebody else.", tone: "neutral" },
  code_changed: { title: "Code changed", about: "Refused by both, for another reason.", tone: "neutral" },
};

/** A test's own name: data.steelgate.site_test.test_partners_rest is "partners rest". */
export function testName(name: string): string {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return last.replace(/^(todo_)?test_/, "").replaceAll("_", " ");
}

/** Where a test's message says that it failed, and what it says. */
export function failureOf(test: TestResult): { path: string; row: number; text: string } {
  const found = /^([^\s:]+\.rego):(\d+): ([\s\S]*)$/.exec(test.message ?? "");
  if (found === null) return { path: test.path, row: test.row, text: test.message || "it is not true" };
  return { path: found[1]!, row: Number(found[2]), text: found[3]! };
}

export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

const severities = ["error", "warning", "hint"];

/** What stands in the way first, then by file and line. */
export function sortedDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.path.localeCompare(b.path) || a.row - b.row || a.col - b.col);
}

/** Failed first, then those that are left out, then the others as they stand in the files. */
export function sortedTests(results: readonly TestResult[]): TestResult[] {
  const rank = (t: TestResult) => (t.skip ? 1 : t.pass ? 2 : 0);
  return [...results].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path) || a.row - b.row);
}

export function errorsOf(verdict: Verdict): number {
  return verdict.diagnostics.filter((d) => d.severity === "error").length;
}

export function brokenOf(verdict: Verdict): Verdict["invariants"] {
  return verdict.invariants.filter((i) => !i.holds);
}

/** Whether a reason lets it pass: nothing but invariants stands in the way. */
export function overridable(verdict: Verdict): boolean {
  return !verdict.ok && errorsOf(verdict) === 0 && verdict.tests.failed === 0 && brokenOf(verdict).length > 0;
}

/** What stands in the way of a draft, in words; "" where nothing does. */
export function standing(verdict: Verdict): string {
  if (verdict.ok) return "";
  const errors = errorsOf(verdict);
  const parts = [
    errors > 0 ? count(errors, "error") : "",
    verdict.tests.failed > 0 ? count(verdict.tests.failed, "failing test") : "",
    brokenOf(verdict).length > 0 ? count(brokenOf(verdict).length, "broken invariant") : "",
  ].filter((p) => p !== "");
  return parts.join(", ") || "It may not be published";
}

/** A code as people read it. */
export const codeWords = (code: string): string => code.replaceAll("_", " ");

/** Whether the draft may widen more than can be told. */
export function isUncertain(impact: Impact): boolean {
  return impact.small_world.unseen.length > 0 || impact.small_world.not_asked.length > 0;
}

/** In what way the draft may allow more, in a line. */
export function verdictWords(impact: Impact): string {
  const { classes, routes, management } = impact.small_world;
  if (!impact.widens) return "It widens nothing";
  if (classes.some((c) => c.kind === "widened")) return "It allows what is refused today";
  if (routes.length > 0) return "It changes what requests to the product's API are taken for";
  if (management.some((m) => m.after)) return "It lets more people manage";
  return "Whether it widens can't be told";
}

/** Who an operation of management changes for. */
export function managerWords(m: Impact["small_world"]["management"][number]): string {
  const platform = m.platform_role ? ` with the platform role ${codeWords(m.platform_role)}` : "";
  if (m.owner === "platform") return `a user${platform}`;
  if (m.role === "self") return `a user, of themselves${platform}`;
  return `${m.role ? `a ${m.role} of the ${m.owner}` : `a stranger to the ${m.owner}`}${platform}`;
}

/** What an impact comes to, in one sentence. */
export function impactSummary(impact: Impact): string {
  const { small_world: world, live, logged } = impact;
  if (world.changed === 0 && world.routes.length === 0 && world.management.length === 0 && live.keys === 0 && logged.changed === 0) return "Nothing would be decided otherwise.";
  const said = [
    count(world.classes.length, "class", "classes") + " of questions",
    ...(world.routes.length > 0 ? [count(world.routes.length, "route")] : []),
    ...(world.management.length > 0 ? [count(world.management.length, "rule") + " of management"] : []),
    count(live.keys, "live key"),
    `${logged.changed.toLocaleString("en")} of ${count(logged.evaluated, "replayed decision")}`,
  ];
  return `${listWords(said)} would come out otherwise.`;
}
