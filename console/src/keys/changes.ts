import type { AuditEntry } from "../api/audit";
import { day } from "../ui/time";

const labels: Record<string, string> = {
  name: "Name", disabled: "Disabled", expires_at: "Expiry", allowed_cidrs: "Allowed addresses", workflow_ids: "Workflows", grants: "Access",
};

function shown(field: string, value: unknown): string {
  if (value === null || value === undefined) return field === "workflow_ids" ? "the whole workspace" : field === "allowed_cidrs" ? "any" : field === "expires_at" ? "never" : "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field === "expires_at" && typeof value === "string") return day(new Date(value));
  if (field === "grants" && Array.isArray(value)) return value.map((g: Record<string, string>) => `${g.workspace_id ?? g.workflow_id}: ${g.permission}`).join(", ") || "nothing";
  if (Array.isArray(value)) return value.join(", ") || "nothing";
  return String(value);
}

/** What an entry of the audit changed of one key, a line a field: `Name: CI → Deploys`. */
export function changedWords(entry: AuditEntry, key: string): string[] {
  const change = entry.changes.find((c) => c.kind === "key" && c.id === key);
  if (!change?.before || !change.after) return [];
  const { before, after } = change;
  return Object.keys(labels).flatMap((field) => {
    const [was, is] = [before[field] ?? null, after[field] ?? null];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [`${labels[field]}: ${shown(field, was)} → ${shown(field, is)}`];
  });
}

const done: Record<string, string> = { "keys.create": "Created", "keys.update": "Changed", "keys.revoke": "Revoked", "keys.rotate": "Rotated", "leaks.report": "Reported as leaked" };

/** What was done, in a word or two; the operation's own name where there is none. */
export function actionWords(entry: AuditEntry): string {
  const word = done[entry.action] ?? entry.action;
  return entry.outcome === "denied" ? `${word === entry.action ? word : entry.action}, refused` : word;
}
