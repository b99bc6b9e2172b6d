import type { Key } from "../api/keys";
import type { Organization, Workspace } from "../api/places";

export type KeyOperation = "keys.create" | "keys.update" | "keys.rotate" | "keys.revoke" | "audit.read" | "decision_log.read";

/** What one may do with the keys of one owner. */
export type MayDo = (operation: KeyOperation) => boolean;

/** With one's own: every call that is refused nevertheless says why. */
export const mayWithMine: MayDo = () => true;
export const mayAt = (place: Workspace | Organization | undefined): MayDo => (operation) => place?.may.includes(operation) ?? false;

/** What one may do with a key by where it belongs. A personal key is read by its user alone. */
export function mayWith(key: Pick<Key, "type">, workspace: Workspace | undefined, organization: Organization | undefined): MayDo {
  if (key.type === "personal") return mayWithMine;
  return mayAt(key.type === "workspace" ? workspace : organization);
}
