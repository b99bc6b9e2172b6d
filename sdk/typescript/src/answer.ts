import { NoAnswer } from "./errors.js";
import type { Decision, Key, Page } from "./types.js";

/*
 * What is answered is believed where it has the shape that was promised, and only there. A proxy's page, a cut-off body or another service on the
 * address must never read as an allow.
 */

export function misshapen(what: string, status = 200): NoAnswer {
  return new NoAnswer("misshapen", `The answer is not ${what}: is this steelgate's address?`, { status });
}

export function readDecision(value: unknown): Decision {
  if (!isDecision(value)) throw misshapen("a decision");
  return value;
}

export function readDecisions(value: unknown, count: number): Decision[] {
  const decisions = isObject(value) ? value["decisions"] : undefined;
  if (!Array.isArray(decisions) || decisions.length !== count || !decisions.every(isDecision)) throw misshapen(`${count} decisions`);
  return decisions;
}

export function readKey(value: unknown): Key {
  if (!isKey(value)) throw misshapen("a key");
  return value;
}

export function readPage<T extends Key>(value: unknown): Page<T> {
  const { data, pagination } = isObject(value) ? value : {};
  if (!Array.isArray(data) || !data.every(isKey) || !isObject(pagination) || typeof pagination["has_more"] !== "boolean") throw misshapen("a page of keys");
  if (pagination["has_more"] && !isText(pagination["cursor"])) throw misshapen("a page of keys");
  return value as Page<T>;
}

function isDecision(value: unknown): value is Decision {
  if (!isObject(value) || !isText(value["decision_id"]) || !isText(value["code"]) || typeof value["message"] !== "string") return false;
  if (!isRevision(value["policy_revision"]) || !isRevision(value["data_revision"])) return false;
  const { allow, status, code, key, billed_to } = value;
  if (key !== undefined && !(isObject(key) && isText(key["id"]))) return false;
  if (billed_to !== undefined && !(isObject(billed_to) && isText(billed_to["id"]) && isText(billed_to["type"]))) return false;
  // The three say the same thrice, and a known key is needed for an allow.
  if (allow === true) return status === 200 && code === "allowed" && key !== undefined;
  return allow === false && (status === 401 || status === 403 || status === 500) && code !== "allowed" && billed_to === undefined;
}

function isKey(value: unknown): value is Key {
  return isObject(value) && isText(value["id"]) && isText(value["type"]) && typeof value["name"] === "string" && typeof value["disabled"] === "boolean";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isRevision(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
