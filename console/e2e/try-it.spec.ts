import { expect, expectAccessible, expectNoSidewaysScroll, narrow, secretIsNowhere, test } from "./fixtures";
import { logged } from "./page";

test("a platform admin asks, sees why, and tries what would change the answer", async ({ page, signIn, server }) => {
  await logged(server, "organization");
  await signIn("user_pat");
  await page.goto("/console/try");
  const key = page.getByRole("combobox", { name: "Key", exact: true });
  await expect(key).toHaveAccessibleDescription(/You may ask about any key.*paste another's id/);
  // Keys of others are found by what they were asked for.
  await key.fill("demo_org");
  await expect(page.getByText("Used in the last 7 days")).toBeVisible();
  await page.getByRole("option", { name: /^key_demo_organization/ }).click();
  await page.getByRole("combobox", { name: "Action" }).fill("workflow.deploy");
  await expect(page.getByText("Takes admin on a workflow")).toBeVisible();
  await page.getByRole("combobox", { name: "Resource", exact: true }).fill("wf_invoice");
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Denied: Insufficient permission" })).toBeAttached();
  await expect(page).toHaveURL(/key=key_demo_organization.*action=workflow.deploy/);
  // The trace has the expression that failed, with the values that it saw.
  await expect(page.getByText("enough[action.requires][grant.permission]").first()).toBeVisible();
  await expect(page.getByText("Raise the permission of the key's grant on workflow wf_invoice to admin.")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: /^Try: Raise the permission/ }).click();
  await expect(page.getByText("with what is assumed")).toBeVisible();
  await expect(page.getByText("billed to", { exact: false }).first()).toBeVisible();
  const assumed = page.getByRole("list", { name: "Assumed" });
  await expect(assumed.getByText(/admin on workflow wf_invoice/)).toBeVisible();
  await expectAccessible(page);

  // One more fact, by hand: the workflow is not deployed, which deploying does not ask for.
  await assumed.getByRole("button", { name: /^Assume no longer/ }).click();
  await page.getByRole("combobox", { name: "Action" }).fill("workflow.execute");
  await page.getByRole("button", { name: "Assume a fact" }).click();
  const form = page.getByRole("group", { name: "A fact to assume" });
  await form.getByRole("combobox", { name: "What" }).click();
  await page.getByRole("option", { name: "A workflow deployed or not" }).click();
  await form.getByRole("combobox", { name: "Deployed" }).click();
  await page.getByRole("option", { name: "not deployed" }).click();
  await form.getByRole("button", { name: "Assume" }).click();
  await expect(assumed.getByText("workflow wf_invoice is not deployed")).toBeVisible();
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByText("workflow_not_deployed").first()).toBeVisible();
});

test("a pasted secret is recognized, and kept nowhere", async ({ page, signIn, server }) => {
  const secret = server.demoSecret("workspace");
  await signIn("user_ada");
  await page.goto("/console/try");
  await page.getByText("Paste a secret").click();
  await page.getByLabel("Secret", { exact: true }).fill(secret);
  await page.getByRole("combobox", { name: "Action" }).fill("workflow.execute");
  await page.getByRole("combobox", { name: "Resource", exact: true }).fill("wf_invoice");
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Allowed" })).toBeAttached();
  // From here on its id does.
  await expect(page.getByRole("combobox", { name: "Key", exact: true })).toHaveValue("key_demo_workspace");
  await secretIsNowhere(page, secret);
  await page.getByText("Paste a secret").click();
  await expect(page.getByLabel("Secret", { exact: true })).toHaveValue("");
});

test("an admin explains keys of theirs alone, and assumes nothing", async ({ page, signIn }) => {
  await signIn("user_ada");
  await page.goto("/console/try?key=key_demo_organization&action=workflow.deploy&type=workflow&id=wf_invoice");
  await expect(page.getByText("Facts to assume")).toHaveCount(0);
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByText("Raise the permission of the key's grant on workflow wf_invoice to admin.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Try: / })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Open the key" }).first()).toHaveAttribute("href", "/console/keys/key_demo_organization");

  await page.getByRole("combobox", { name: "Key", exact: true }).fill("key_demo_personal");
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByText("No such key that is yours to explain")).toBeVisible();
  await expectAccessible(page);
});

test("what is missing is said at its field", async ({ page, signIn }) => {
  await signIn("user_ben");
  await page.goto("/console/try");
  await page.getByRole("button", { name: "Decide" }).click();
  await expect(page.getByText("Choose a key.")).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Key", exact: true })).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("combobox", { name: "Key", exact: true }).click();
  await page.getByRole("option", { name: /Ben's laptop/ }).click();
  await expect(page.getByRole("combobox", { name: "Key", exact: true })).toHaveValue("key_demo_personal");
});

test("a logged decision is explained, and is the form's question", async ({ page, signIn, server }) => {
  const { decision_id } = await server.decide(server.demoSecret("personal"), "workflow.execute", { type: "workflow", id: "wf_etl" }, { client_ip: "203.0.113.9" });
  await signIn("user_ben");
  await expect(async () => expect((await server.call("GET", "/v1/decision-log/" + decision_id)).status).toBe(200)).toPass();
  await page.goto("/console/try?decision=" + decision_id);
  await expect(page.getByText("personal_keys_disabled").first()).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Resource", exact: true })).toHaveValue("wf_etl");
  await expect(page.getByLabel("Client address")).toHaveValue("203.0.113.9");
  await expect(page.getByText("Have the workspace ws_data accept personal keys.")).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: narrow });

  test("the answer and its trace fit", async ({ page, signIn }) => {
    await signIn("user_ben");
    await page.goto("/console/try?key=key_demo_personal&action=workflow.deploy&type=workflow&id=wf_invoice");
    await page.getByRole("button", { name: "Decide" }).click();
    await expect(page.getByRole("heading", { name: "How it was decided" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
