import type { AuditEntry } from "../api/audit";

/** The actions that are written down, for the filter; there may be others. */
export const actions = [
  "keys.create", "keys.update", "keys.revoke", "keys.revoke_all", "keys.rotate", "leaks.report", "personal_keys.switch",
  "policies.publish", "policies.restore", "policies.shadow", "policies.unshadow",
  "workspaces.put", "workspaces.patch", "workspaces.delete", "workspace_members.put", "workspace_members.delete",
  "organizations.put", "organizations.delete", "organization_members.put", "organization_members.delete",
  "users.put", "users.delete", "resources.put", "resources.delete", "import",
  "tokens.create", "tokens.delete", "sessions.begin", "sessions.end", "sessions.end_all", "setup.link", "identities.link", "identities.unlink",
];

/** Who did it, as briefly as it can be told. */
export function actorOf({ actor }: Pick<AuditEntry, "actor">): string {
  return actor.user_id ?? actor.claimed_user_id ?? actor.token_id ?? "nobody";
}

/** By what they did it. */
export function meansOf({ actor }: Pick<AuditEntry, "actor">): string {
  if (actor.session_id) return "signed in";
  if (actor.token_id) return actor.user_id ? "through a token" : "a token";
  return "";
}
