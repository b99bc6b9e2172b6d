import { expect, expectAccessible, secretIsNowhere, test } from "./fixtures";
import { dialog, invoices, secretIn } from "./keys";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("an organization's admin grants a key workspaces and workflows", async ({ page, context, signIn, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn("user_ada");
  await page.goto("/console/organizations/org_acme/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Auditors");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByText("Add at least one workspace or workflow")).toBeVisible();
  const add = dialog(page).getByRole("combobox", { name: "Add a workspace or workflow" });
  await add.click();
  await page.getByRole("option", { name: "Core", exact: true }).click();
  await add.fill("nightly");
  await page.getByRole("option", { name: "Nightly load in Data" }).click();
  await add.click();
  await page.getByRole("option", { name: "Weekly report in Core" }).click();
  await dialog(page).getByRole("combobox", { name: "Permission on Core" }).selectOption("read");
  await dialog(page).getByRole("button", { name: "Take Weekly report away" }).click();
  await expect(dialog(page)).toContainText("It can read everything in Core and execute and change Nightly load; billed to Ada and Dan.");
  await expectAccessible(page);
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  // To have copied it is to have it.
  await dialog(page).getByRole("button", { name: "Copy the secret" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await expect(dialog(page)).toBeHidden();
  await secretIsNowhere(page, secret);
  expect((await server.decide(secret, "workflow.execute", { type: "workflow", id: "wf_etl" })).allow).toBe(true);
  expect((await server.decide(secret, "workflow.execute", invoices)).code).toBe("insufficient_permission");

  // A member of the workspace sees that it reaches it, and how far; not its page.
  await signIn("user_cleo");
  await page.goto("/console/workspaces/ws_core/keys?tab=organization");
  const reaching = page.getByRole("row").filter({ hasText: "Auditors" });
  await expect(reaching).toContainText("The whole workspace Read");
  await expect(reaching).not.toContainText("Nightly load");
  await expect(page.getByRole("link", { name: "Auditors" })).toHaveCount(0);
  await page.getByLabel("Search keys").fill("audit");
  await expect(page).toHaveURL(/q=audit/);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(reaching).toBeVisible();
  await page.getByLabel("State").selectOption("disabled");
  await expect(page.getByText("No key is like this")).toBeVisible();
});

test("its admin edits what a key is granted, and revokes it", async ({ page, signIn, server }) => {
  const key = await server.do("POST", "/v1/keys", { type: "organization", organization_id: "org_acme", name: "Partners", grants: [{ workspace_id: "ws_core", permission: "write" }] }, "user_ada");
  const execute = async (id: string) => (await server.decide(key.secret, "workflow.execute", { type: "workflow", id })).code;
  expect(await execute("wf_invoice")).toBe("allowed");
  expect(await execute("wf_etl")).toBe("outside_scope");
  await signIn("user_ada");
  await page.goto("/console/organizations/org_acme/keys");
  await page.getByRole("link", { name: "Partners", exact: true }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  await dialog(page).getByRole("combobox", { name: "Permission on Core" }).selectOption("read");
  await dialog(page).getByRole("combobox", { name: "Add a workspace or workflow" }).fill("nightly");
  await page.getByRole("option", { name: "Nightly load in Data" }).click();
  await dialog(page).getByRole("combobox", { name: "Permission on Nightly load" }).selectOption("write");
  await expectAccessible(page);
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole("region", { name: "What it reaches" }).getByRole("listitem")).toHaveText([/^read everything in Core/, /^execute and change Nightly load/]);
  expect(await execute("wf_invoice")).toBe("insufficient_permission");
  expect(await execute("wf_etl")).toBe("allowed");

  await page.getByRole("button", { name: "What to do with Partners" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await dialog(page).getByLabel("Type Partners to go on").fill("Partners");
  await dialog(page).getByRole("button", { name: "Revoke the key" }).click();
  await expect(page.getByText(/It was revoked just now by you, for good/)).toBeVisible();
  expect(await execute("wf_etl")).toBe("key_revoked");
});
