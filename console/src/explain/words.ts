import type { Explanation, ExplanationStep, ProposedChange } from "../api/decisions";
import type { Fact } from "../api/explain";

/** Who can make a change. */
export const hands: Record<ProposedChange["by"], string> = {
  key_admin: "Who administers the key can do this",
  workspace_admin: "An admin of the workspace can do this",
  directory: "Whoever keeps the directory can do this",
  nobody: "Nothing has to change",
};

/** A rule's name without what all of them begin with. */
export const ruleName = (rule: string): string => rule.replace(/^data\.(steelgate\.)?/, "");

/** A value as Rego would write it, on one line. */
export function valueText(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}

export type StepFilter = "all" | "fired" | "failed";

/** What of a trace is shown. */
export function stepsOf(steps: readonly ExplanationStep[], filter: StepFilter): ExplanationStep[] {
  return steps.filter((s) => filter === "all" || s.fired === (filter === "fired"));
}

export type Way = NonNullable<Explanation["counterfactual"]>["ways"][number];

/** What has to be assumed, and which moment, for a way out to be tried; null where one may not. */
export function trial(way: Way, mayAssume: boolean): { facts: Fact[]; time?: string } | null {
  const facts = way.facts ?? [];
  const time = way.changes.find((c) => c.change === "time")?.time;
  // Waiting takes no facts, and anybody may ask for another moment.
  if (facts.length === 0) return time ? { facts: [], time } : null;
  return mayAssume ? { facts, ...(time ? { time } : {}) } : null;
}
