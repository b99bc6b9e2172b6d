import type { Key, KeyOwner } from "../api/keys";
import type { Workspace } from "../api/places";
import { day } from "../ui/time";
import type { Draft } from "./draft";
import { expiresAt } from "./expiry";
import classes from "./Keys.module.css";
import type { OrganizationNames } from "./names";
import { networkOf, networksOf } from "./networks";
import { listWords } from "../ui/words";
import { billedWords, canWords, isOnWorkspace } from "./scope";

/** What the key will be able to do, in words, before it is made. */
export function DraftSummary({ id, owner, draft, names, workspace }: { id: string; owner: KeyOwner; draft: Draft; names: OrganizationNames; workspace?: Workspace }) {
  return <div id={id} className={classes.summary}>{summaryOf(owner, draft, names, workspace)}</div>;
}

export function summaryOf(owner: KeyOwner, draft: Draft, names: OrganizationNames, workspace?: Workspace, now: Date = new Date()): string {
  if (owner.type === "organization" && draft.grants.length === 0) return "It can't do anything yet: add a workspace or a workflow.";
  if (owner.type === "workspace" && draft.narrowed && draft.workflows.length === 0) return "It can't do anything yet: choose its workflows.";
  const key: Pick<Key, "type" | "workflow_ids" | "grants" | "workspace_id"> = {
    type: owner.type === "user" ? "personal" : owner.type,
    workflow_ids: draft.narrowed ? draft.workflows : null,
    grants: owner.type === "organization" ? draft.grants : null,
    ...(owner.type === "workspace" ? { workspace_id: owner.id } : {}),
  };
  const billed = billedWords(key.type, billedOwners(key, names));
  const expires = expiresAt(draft.expiry, now);
  const until = "at" in expires && expires.at ? `until ${day(new Date(expires.at))}` : "until it is revoked";
  const networks = networksOf(draft.networks).flatMap((n) => networkOf(n) ?? []);
  const from = networks.length === 0 ? "from any address" : "from " + listWords(networks, 3) + " alone";
  const archived = workspace?.archived ? " The workspace is archived: nothing in it works while it is." : "";
  return `It can ${canWords(key, names)}; ${billed}. It works ${until}, ${from}.${archived}`;
}

/** Who owns the workspaces that a key reaches. */
export function billedOwners(key: Pick<Key, "type" | "grants" | "workspace_id">, names: OrganizationNames): string[] {
  if (key.type === "workspace") return [names.owners[key.workspace_id ?? ""] ?? ""];
  return (key.grants ?? []).map((g) => names.owners[isOnWorkspace(g) ? g.workspace_id : (names.workspaceOf[g.workflow_id] ?? "")] ?? "");
}
