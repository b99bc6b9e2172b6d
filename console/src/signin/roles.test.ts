import { expect, test } from "vitest";
import { rolesOf } from "./roles";

const nobody = { id: "user_x", name: "X", platform_role: null, organizations: [], workspaces: [] };

test("a user's roles are one line, the greatest first", () => {
  expect(rolesOf(nobody)).toBe("In no workspace");
  expect(rolesOf({ ...nobody, platform_role: "policy_admin" })).toBe("Policy admin");
  expect(rolesOf({
    ...nobody,
    organizations: [{ id: "o1", name: "Acme", role: "member" }, { id: "o2", name: "Globex", role: "admin" }],
    workspaces: [{ id: "w1", name: "Core", owner: false, role: "write" }, { id: "w2", name: "", owner: true, role: null }],
  })).toBe("Administers Globex, owns w2, writes in Core, member of Acme");
});
