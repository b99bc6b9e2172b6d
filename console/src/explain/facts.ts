import type { Fact } from "../api/explain";

/** What may be assumed, as a small form: which fields it has, and the fact that they make. */
export interface FactKind {
  id: string;
  label: string;
  fields: readonly FactField[];
  make: (given: Record<string, string>) => Fact;
}

export interface FactField {
  name: string;
  label: string;
  placeholder?: string;
  /** A choice among these; else a text. */
  choices?: readonly { value: string; label: string }[];
  kind?: "time" | "json";
  optional?: boolean;
}

const yesNo = (yes: string, no: string) => [{ value: "true", label: yes }, { value: "false", label: no }];
const roles = [{ value: "read", label: "read" }, { value: "write", label: "write" }, { value: "admin", label: "admin" }, { value: "", label: "is no member" }];
const user: FactField = { name: "user_id", label: "User", placeholder: "user_…" };
const workspace: FactField = { name: "workspace_id", label: "Workspace", placeholder: "ws_…" };
const key: FactField = { name: "key_id", label: "Key", placeholder: "key_…" };

export const factKinds: readonly FactKind[] = [
  {
    id: "membership", label: "A user's role in a workspace", fields: [user, workspace, { name: "role", label: "Role", choices: roles }],
    make: ({ user_id, workspace_id, role }) => ({ kind: "workspace_member", workspace_id, user_id, ...(role ? { role } : { deleted: true }) }),
  },
  {
    id: "personal_keys", label: "The personal-keys switch", fields: [workspace, { name: "on", label: "Personal keys", choices: yesNo("allowed", "not allowed") }],
    make: ({ workspace_id, on }) => ({ kind: "workspace", id: workspace_id, personal_keys_enabled: on === "true" }),
  },
  {
    id: "archived", label: "A workspace archived or not", fields: [workspace, { name: "archived", label: "Archived", choices: yesNo("archived", "not archived") }],
    make: ({ workspace_id, archived }) => ({ kind: "workspace", id: workspace_id, archived: archived === "true" }),
  },
  {
    id: "deployed", label: "A workflow deployed or not", fields: [{ name: "workflow_id", label: "Workflow", placeholder: "wf_…" }, { name: "deployed", label: "Deployed", choices: yesNo("deployed", "not deployed") }],
    make: ({ workflow_id, deployed }) => ({ kind: "resource", type: "workflow", id: workflow_id, properties: { deployed: deployed === "true" } }),
  },
  {
    id: "grant", label: "An organization key's grants", fields: [key, { name: "target", label: "On a", choices: [{ value: "workflow_id", label: "workflow" }, { value: "workspace_id", label: "workspace" }] }, { name: "target_id", label: "Its id" }, { name: "permission", label: "Permission", choices: roles.slice(0, 3) }],
    make: ({ key_id, target = "workflow_id", target_id, permission }) => ({ kind: "key", id: key_id, grants: [{ [target]: target_id, permission }] }),
  },
  {
    id: "disabled", label: "A key disabled or not", fields: [key, { name: "disabled", label: "Key is", choices: yesNo("disabled", "enabled") }],
    make: ({ key_id, disabled }) => ({ kind: "key", id: key_id, disabled: disabled === "true" }),
  },
  {
    id: "expiry", label: "A key's expiry", fields: [key, { name: "expires_at", label: "Expires", kind: "time", optional: true }],
    make: ({ key_id, expires_at }) => ({ kind: "key", id: key_id, expires_at: expires_at ? new Date(expires_at).toISOString() : null }),
  },
  {
    id: "organization", label: "The organization of a workspace", fields: [workspace, { name: "organization_id", label: "Organization", placeholder: "none", optional: true }],
    make: ({ workspace_id, organization_id }) => ({ kind: "workspace", id: workspace_id, organization_id: organization_id || null }),
  },
  {
    id: "active", label: "A user active or not", fields: [user, { name: "active", label: "User is", choices: yesNo("active", "not active") }],
    make: ({ user_id, active }) => ({ kind: "user", id: user_id, active: active === "true" }),
  },
  {
    id: "json", label: "Anything else, as JSON", fields: [{ name: "json", label: "A line of an import", kind: "json", placeholder: '{"kind": "resource", "type": "workflow", "id": "wf_new", "workspace_id": "ws_core"}' }],
    make: ({ json = "" }) => asFact(json),
  },
];

function asFact(json: string): Fact {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error("This is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("Want one object, such as a line of an import has.");
  if (typeof (value as Fact).kind !== "string") throw new Error("The object lacks its kind, such as workspace.");
  return value as Fact;
}

/** The fact that a form makes, or what is wrong with it. */
export function factFrom(kind: FactKind, given: Record<string, string>): { fact: Fact } | { wrong: string } {
  const trimmed = Object.fromEntries(Object.entries(given).map(([k, v]) => [k, v.trim()]));
  const lacking = kind.fields.find((f) => !f.optional && !f.choices && !trimmed[f.name]);
  if (lacking) return { wrong: `${lacking.label} is missing.` };
  const withFirst = Object.fromEntries(kind.fields.map((f) => [f.name, trimmed[f.name] ?? f.choices?.[0]?.value ?? ""]));
  try {
    return { fact: kind.make(withFirst) };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

type Loose = Record<string, unknown>;

/** A fact in words. One that has none is told as it is written. */
export function factWords(fact: Fact): string {
  const f = fact as Loose;
  const rest = Object.keys(f).filter((k) => !["kind", "id", "type", "workspace_id", "user_id"].includes(k));
  const only = (name: string) => rest.length === 1 && rest[0] === name;
  switch (fact.kind) {
    case "workspace_member":
      if (only("deleted")) return `${f.user_id} is no member of workspace ${f.workspace_id}`;
      if (only("role")) return `${f.user_id} has the role ${f.role} in workspace ${f.workspace_id}`;
      break;
    case "workspace":
      if (only("personal_keys_enabled")) return `Workspace ${f.id} ${f.personal_keys_enabled ? "accepts" : "does not accept"} personal keys`;
      if (only("archived")) return `Workspace ${f.id} is ${f.archived ? "" : "not "}archived`;
      if (only("organization_id")) return f.organization_id ? `Workspace ${f.id} belongs to organization ${f.organization_id}` : `Workspace ${f.id} belongs to no organization`;
      break;
    case "user":
      if (only("active")) return `${f.id} is ${f.active ? "" : "not "}active`;
      break;
    case "resource":
      if (only("properties") && typeof (f.properties as Loose | null)?.deployed === "boolean") return `${f.type} ${f.id} is ${(f.properties as Loose).deployed ? "" : "not "}deployed`;
      break;
    case "key":
      if (only("disabled")) return `Key ${f.id} is ${f.disabled ? "disabled" : "enabled"}`;
      if (only("expires_at")) return f.expires_at ? `Key ${f.id} expires at ${f.expires_at}` : `Key ${f.id} never expires`;
      if (only("grants") && Array.isArray(f.grants)) return `Key ${f.id} has the grants: ${(f.grants as Loose[]).map((g) => `${g.permission} on ${g.workflow_id ? `workflow ${g.workflow_id}` : `workspace ${g.workspace_id}`}`).join("; ") || "none"}`;
      if (only("workflow_ids")) return Array.isArray(f.workflow_ids) ? `Key ${f.id} is narrowed to ${f.workflow_ids.join(", ")}` : `Key ${f.id} is not narrowed to workflows`;
      if (only("allowed_cidrs")) return Array.isArray(f.allowed_cidrs) ? `Key ${f.id} works from ${f.allowed_cidrs.join(", ")}` : `Key ${f.id} works from any address`;
      break;
  }
  return JSON.stringify(fact);
}
