import type { paths } from "../api/schema";

type Methods = paths["/v1/sign-in"]["get"]["responses"][200]["content"]["application/json"];
export type DevUser = Methods["dev_users"][number];

const platform = { admin: "Platform admin", policy_admin: "Policy admin" } as const;
const workspace = { read: "reads", write: "writes in", admin: "administers" } as const;

/** What a user of the demo may do, in a line: the greatest first. */
export function rolesOf(user: DevUser): string {
  const told = [
    user.platform_role ? [platform[user.platform_role]] : [],
    user.organizations.filter((o) => o.role === "admin").map((o) => `administers ${o.name || o.id}`),
    user.workspaces.filter((w) => w.owner).map((w) => `owns ${w.name || w.id}`),
    user.workspaces.filter((w) => !w.owner && w.role).map((w) => `${w.role ? workspace[w.role] : ""} ${w.name || w.id}`),
    user.organizations.filter((o) => o.role === "member").map((o) => `member of ${o.name || o.id}`),
  ].flat();
  const line = told.join(", ");
  return line ? line[0]!.toUpperCase() + line.slice(1) : "In no workspace";
}
