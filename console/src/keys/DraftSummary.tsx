import type { Key, KeyOwner } from "../api/keys";
import type { Workspace } from "../api/places";
import { day } from "../ui/time";
import { type Draft, expiryChanged } from "./draft";
import { expiresAt } from "./expiry";
import classes from "./Keys.module.css";
import type { OrganizationNames } from "./names";
import { networkOf, networksOf } from "./networks";
import { listWords } from "../ui/words";
import { billedWords, canWords, isOnWorkspace } from "./scope";

/** What the key will be able to do, in words, before it is made or changed. `was` is the key that is changed. */
export function DraftSummary({ id, owner, draft, names, workspace, was }: { id: string; owner: KeyOwner; draft: Draft; names: OrganizationNames; workspace?: Workspace; was?: Key }) {
  return <div id={id} className={classes.summary}>{summaryOf(owner, draft, names, workspace, new Date(), was)}</div>;
}

export function summaryOf(owner: KeyOwner, draft: Draft, names: OrganizationNames, workspace?: Workspace, now: Date = new Date(), was?: Key): string {
  if (owner.type === "organization" && draft.grants.length === 0) return "It can't do anything yet: add a workspace or a workflow.";
  if (owner.type === "workspace" && draft.narrowed && draft.workflows.length === 0) return "It can't do anything yet: choose its workflows.";
  const key: Pick<Key, "type" | "workflow_ids" | "grants" | "workspace_id"> = {
    type: owner.type === "user" ? "personal" : owner.type,
    workflow_ids: draft.narrowed ? draft.workflows : null,
    grants: owner.type === "organization" ? draft.grants : null,
    ...(owner.type === "workspace" ? { workspace_id: owner.id } : {}),
  };
  const billed = billedWords(key.type, billedOwners(key, names));
  const networks = networksOf(draft.networks).flatMap((n) => networkOf(n) ?? []);
  const from = networks.length === 0 ? "from any address" : "from " + listWords(networks, 3) + " alone";
  const archived = workspace?.archived ? " The workspace is archived: nothing in it works while it is." : "";
  const until = untilWords(draft, now, was);
  return `It can ${canWords(key, names)}; ${billed}. ${until === null ? "It has expired: no request with it is allowed." : `It works ${until}, ${from}.`}${archived}`;
}

/** Until when a key works, or null where that is over. What stays as it is ends at its moment, not with its day. */
function untilWords(draft: Draft, now: Date, was?: Key): string | null {
  const expires = was && !expiryChanged(draft, was) ? { at: was.expires_at } : expiresAt(draft.expiry, now);
  if ("error" in expires) return draft.expiry.date === "" ? "until the day that you choose" : null;
  if (expires.at === null) return "until it is revoked";
  return Date.parse(expires.at) <= now.getTime() ? null : `until ${day(new Date(expires.at))}`;
}

/** Who owns the workspaces that a key reaches. */
export function billedOwners(key: Pick<Key, "type" | "grants" | "workspace_id">, names: OrganizationNames): string[] {
  if (key.type === "workspace") return [names.owners[key.workspace_id ?? ""] ?? ""];
  return (key.grants ?? []).map((g) => names.owners[isOnWorkspace(g) ? g.workspace_id : (names.workspaceOf[g.workflow_id] ?? "")] ?? "");
}
