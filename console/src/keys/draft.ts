import type { Grant, Key, KeyChange, KeyCreation, KeyOwner } from "../api/keys";
import { dateField, type Expiry, expiresAt, noExpiry } from "./expiry";
import { networkOf, networksOf } from "./networks";
import { sameGrants } from "./scope";

/** A key as its form has it, before it is made or changed. */
export interface Draft {
  name: string;
  /** Whether a workspace key is narrowed to workflows. */
  narrowed: boolean;
  workflows: string[];
  grants: Grant[];
  expiry: Expiry;
  /** As they were typed. */
  networks: string;
}

export type DraftErrors = Partial<Record<"name" | "workflow_ids" | "grants" | "expires_at" | "allowed_cidrs", string>>;

export const emptyDraft: Draft = { name: "", narrowed: false, workflows: [], grants: [], expiry: noExpiry, networks: "" };

export function draftOf(key: Key): Draft {
  return {
    name: key.name,
    narrowed: key.workflow_ids !== null,
    workflows: key.workflow_ids ?? [],
    grants: key.grants ?? [],
    expiry: key.expires_at ? { choice: "date", date: dateField(new Date(key.expires_at)) } : noExpiry,
    networks: (key.allowed_cidrs ?? []).join("\n"),
  };
}

/** What is wrong with a draft, before the server is asked. `was` is the key that is changed: what stays as it is can't be at fault. */
export function errorsOf(draft: Draft, type: Key["type"], now: Date = new Date(), was?: Key): DraftErrors {
  const errors: DraftErrors = {};
  if (draft.name.trim() === "") errors.name = "Give the key a name that says what it is for, such as CI.";
  else if (draft.name.trim().length > 200) errors.name = "At most 200 characters.";
  if (type === "workspace" && draft.narrowed && draft.workflows.length === 0 && was?.workflow_ids?.length !== 0) errors.workflow_ids = "Choose at least one workflow, or let the key reach the whole workspace.";
  if (type === "organization" && draft.grants.length === 0 && was?.grants?.length !== 0) errors.grants = "Add at least one workspace or workflow: an organization key reaches what it is granted, and nothing else.";
  if (!was || expiryChanged(draft, was)) {
    const expires = expiresAt(draft.expiry, now);
    if ("error" in expires) errors.expires_at = expires.error;
  }
  const bad = networksOf(draft.networks).filter((n) => networkOf(n) === null);
  if (bad.length > 0) errors.allowed_cidrs = `${bad[0]} is no address and no network. Write them as 203.0.113.9 or 203.0.113.0/24.`;
  else if (networksOf(draft.networks).length > 100) errors.allowed_cidrs = "At most 100 networks.";
  return errors;
}

const networksIn = (draft: Draft): string[] | null => {
  const networks = networksOf(draft.networks).flatMap((n) => networkOf(n) ?? []);
  return networks.length > 0 ? networks : null;
};

const ownerField = { user: "user_id", workspace: "workspace_id", organization: "organization_id" } as const;
const typeOf = { user: "personal", workspace: "workspace", organization: "organization" } as const;

/** What POST /v1/keys is asked with. The draft has no errors. */
export function creationOf(draft: Draft, owner: KeyOwner, now: Date = new Date()): KeyCreation {
  const expires = expiresAt(draft.expiry, now);
  const networks = networksIn(draft);
  return {
    type: typeOf[owner.type],
    name: draft.name.trim(),
    [ownerField[owner.type]]: owner.id,
    ...(owner.type === "workspace" && draft.narrowed ? { workflow_ids: draft.workflows } : {}),
    ...(owner.type === "organization" ? { grants: draft.grants } : {}),
    ...("at" in expires && expires.at ? { expires_at: expires.at } : {}),
    ...(networks ? { allowed_cidrs: networks } : {}),
  } as KeyCreation;
}

export function expiryChanged(draft: Draft, key: Key): boolean {
  const was = draftOf(key).expiry;
  return was.choice !== draft.expiry.choice || was.date !== draft.expiry.date;
}

const same = (a: readonly string[] | null, b: readonly string[] | null) => (a === null || b === null ? a === b : a.length === b.length && [...a].sort().join() === [...b].sort().join());

/** What PATCH is asked with: what was changed, and no more, so that nothing of another's change beside is undone. */
export function changeOf(draft: Draft, key: Key, now: Date = new Date()): KeyChange {
  const change: KeyChange = {};
  if (draft.name.trim() !== key.name) change.name = draft.name.trim();
  if (expiryChanged(draft, key)) {
    const expires = expiresAt(draft.expiry, now);
    if ("at" in expires) change.expires_at = expires.at;
  }
  const networks = networksIn(draft);
  if (!same(networks, key.allowed_cidrs)) change.allowed_cidrs = networks;
  if (key.type === "workspace") {
    const workflows = draft.narrowed ? draft.workflows : null;
    if (!same(workflows, key.workflow_ids)) change.workflow_ids = workflows;
  }
  if (key.type === "organization" && !sameGrants(draft.grants, key.grants ?? [])) change.grants = draft.grants;
  return change;
}
