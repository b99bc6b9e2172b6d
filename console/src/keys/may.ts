import type { Key } from "../api/keys";

export type KeyOperation = "keys.list" | "keys.read" | "keys.create" | "keys.update" | "keys.rotate" | "keys.revoke" | "audit.read" | "decision_log.read";

/** What one may do with the keys of one owner. */
export type MayDo = (operation: KeyOperation) => boolean;

/** An owner as the API tells of one: a workspace, an organization, or oneself. */
export interface Owner {
  may: readonly string[];
}

export const mayAt = (owner: Owner | undefined): MayDo => (operation) => owner?.may.includes(operation) ?? false;

/** What one may do with a key by where it belongs. A personal key is read by its user alone. */
export function mayWith(key: Pick<Key, "type">, owners: { user: Owner; workspace: Owner | undefined; organization: Owner | undefined }): MayDo {
  return mayAt(key.type === "personal" ? owners.user : key.type === "workspace" ? owners.workspace : owners.organization);
}
