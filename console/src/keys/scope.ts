import type { Grant, Key, Permission } from "../api/keys";
import { count, listWords } from "../ui/words";

/** What stands by which name; the id where no name is known. */
export interface Names {
  workspaces: Record<string, string>;
  workflows: Record<string, string>;
}

const nameIn = (names: Record<string, string>, id: string) => names[id] || id;

const verbs: Record<Permission, string> = { read: "read", write: "execute and change", admin: "execute, change, deploy and delete" };

export const isOnWorkspace = (grant: Grant): grant is Extract<Grant, { workspace_id: string }> => "workspace_id" in grant;

/** One grant in words: "read Core and everything in it". */
export function grantWords(grant: Grant, names: Names): string {
  return isOnWorkspace(grant)
    ? `${verbs[grant.permission]} everything in ${nameIn(names.workspaces, grant.workspace_id)}`
    : `${verbs[grant.permission]} ${nameIn(names.workflows, grant.workflow_id)}`;
}

/** What a key reaches, short, for a row of a table: "2 workflows", "The whole workspace", "1 workspace, 3 workflows". */
export function reachShort(key: Pick<Key, "type" | "workflow_ids" | "grants">): string {
  switch (key.type) {
    case "personal":
      return "What you reach";
    case "workspace":
      return key.workflow_ids === null ? "The whole workspace" : key.workflow_ids.length === 0 ? "Nothing any more" : count(key.workflow_ids.length, "workflow");
    case "organization": {
      const grants = key.grants ?? [];
      const workspaces = grants.filter(isOnWorkspace).length;
      const workflows = grants.length - workspaces;
      if (grants.length === 0) return "Nothing any more";
      return [workspaces > 0 ? count(workspaces, "workspace") : "", workflows > 0 ? count(workflows, "workflow") : ""].filter(Boolean).join(", ");
    }
  }
}

/** What a key can do, as the sentence's end after "This key can" or "It can". */
export function canWords(key: Pick<Key, "type" | "workflow_ids" | "grants" | "workspace_id">, names: Names): string {
  switch (key.type) {
    case "personal":
      return "do what you may do, in every workspace that you are a member of and that allows personal keys";
    case "workspace": {
      const workspace = nameIn(names.workspaces, key.workspace_id ?? "");
      if (key.workflow_ids === null) return `execute and change every workflow in ${workspace}, read their logs and metrics, and call its MCP servers`;
      if (key.workflow_ids.length === 0) return "reach nothing: the workflows that it was narrowed to are gone";
      if (key.workflow_ids.length === 1) return `execute and change ${nameIn(names.workflows, key.workflow_ids[0]!)} in ${workspace}, read its logs and metrics, and call MCP servers that expose nothing else`;
      return `execute and change ${count(key.workflow_ids.length, "workflow")} in ${workspace} (${listWords(key.workflow_ids.map((id) => nameIn(names.workflows, id)), 3)}), read their logs and metrics, and call MCP servers that expose nothing else`;
    }
    case "organization": {
      const grants = key.grants ?? [];
      if (grants.length === 0) return "reach nothing: what it was granted is gone";
      return listWords(grants.map((g) => grantWords(g, names)), 4);
    }
  }
}

/** Who is billed for what a key does: whoever owns the workspace that it reaches, or the user whose own it is. An owner who is not known is "". */
export function billedWords(type: Key["type"], owners: readonly string[]): string {
  if (type === "personal") return "billed to you";
  if (owners.length > 0 && !owners.includes("")) return "billed to " + listWords([...new Set(owners)], 3);
  return type === "workspace" ? "billed to the owner of its workspace" : "billed to the owner of each workspace that it reaches";
}

/** Whether an unordered set of grants is the same as another. */
export function sameGrants(a: readonly Grant[], b: readonly Grant[]): boolean {
  const text = (grants: readonly Grant[]) => grants.map((g) => grantID(g) + " " + g.permission).sort().join("\n");
  return text(a) === text(b);
}

export const grantID = (grant: Grant): string => (isOnWorkspace(grant) ? "workspace " + grant.workspace_id : "workflow " + grant.workflow_id);
