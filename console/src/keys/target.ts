import type { Key, Permission } from "../api/keys";
import type { OrganizationNames } from "./names";
import { isOnWorkspace } from "./scope";

const order: Record<Permission, number> = { read: 0, write: 1, admin: 2 };

/** A workflow that a key reaches, for its samples: one that it may execute before one that it may only read, and one that is deployed. null where none is known. */
export function sampleTarget(key: Pick<Key, "type" | "workflow_ids" | "grants" | "workspace_id">, names: OrganizationNames): { workflow: string; permission: Permission } | null {
  const deployed = (id: string) => names.resources.find((r) => r.id === id)?.properties?.deployed !== false;
  const found: { workflow: string; permission: Permission }[] = [];
  if (key.type === "organization") {
    for (const grant of key.grants ?? []) {
      if (!isOnWorkspace(grant)) found.push({ workflow: grant.workflow_id, permission: grant.permission });
      else for (const r of names.resources) if (r.type === "workflow" && r.workspace_id === grant.workspace_id) found.push({ workflow: r.id, permission: grant.permission });
    }
  } else if (key.workflow_ids) {
    // A narrowed workspace key.
    for (const workflow of key.workflow_ids) found.push({ workflow, permission: "write" });
  } else {
    for (const r of names.resources) {
      const permission = key.type === "workspace" ? "write" : names.roles[r.workspace_id ?? ""];
      if (r.type === "workflow" && permission) found.push({ workflow: r.id, permission });
    }
  }
  const worth = (f: { workflow: string; permission: Permission }) => Math.min(order[f.permission], 1) * 2 + (deployed(f.workflow) ? 1 : 0);
  return found.reduce<{ workflow: string; permission: Permission } | null>((best, f) => (best === null || worth(f) > worth(best) ? f : best), null);
}
