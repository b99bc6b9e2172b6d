import { expect, expectAccessible, secretIsNowhere, test } from "./fixtures";
import { dialog, invoices, made, row, secretIn, store } from "./keys";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("a workspace's admin makes a key, and has to store its secret", async ({ page, signIn, server }) => {
  await signIn("user_ada");
  await page.goto("/console/keys");
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Workspace keys" }).click();
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Deploys");
  await expect(dialog(page)).toContainText("It can execute and change every workflow in Core");
  await dialog(page).getByRole("button", { name: /^Scope/ }).click();
  await dialog(page).getByLabel("Only these workflows").check();
  await expect(dialog(page)).toContainText("It can't do anything yet");
  await dialog(page).getByLabel("Find a workflow").fill("invoic");
  await dialog(page).getByLabel("Send invoices").check();
  await dialog(page).getByRole("button", { name: /^Expiry/ }).click();
  await dialog(page).getByText("30 days").click();
  await expect(dialog(page)).toContainText("It can execute and change Send invoices in Core, read its logs and metrics, and call MCP servers that expose nothing else; billed to Ada. It works until");
  await expectAccessible(page);
  await dialog(page).getByRole("button", { name: "Create the key" }).click();

  // The secret stands there, and nothing but its own button closes the dialog.
  const secret = await secretIn(page);
  for (const language of ["curl", "TypeScript", "Python"]) {
    await dialog(page).getByRole("tab", { name: language }).click();
    await expect(dialog(page).getByRole("tabpanel")).toContainText(secret);
    await expect(dialog(page).getByRole("tabpanel")).toContainText("/api/workflows/wf_invoice/execute");
  }
  // The demo has no product: what a gateway would ask is there to be sent instead.
  await dialog(page).getByRole("tab", { name: "Gateway" }).click();
  await expect(dialog(page).getByRole("tabpanel")).toContainText(new URL(page.url()).origin + "/v1/forward-auth");
  await expect(dialog(page).getByRole("button", { name: "Done" })).toBeDisabled();
  await expect(dialog(page).getByRole("button", { name: "Close" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 400);
  await page.evaluate(() => history.back());
  await expect(dialog(page)).toContainText(secret);
  await expect(page).toHaveURL(/ws_core/);
  await expectAccessible(page);

  await store(page);
  await expect(page.getByRole("button", { name: "Create a key" })).toBeFocused();
  await secretIsNowhere(page, secret);
  await expect(row(page, "Deploys")).toContainText("Active");
  await expect(row(page, "Deploys")).toContainText("1 workflow");
  const { data } = await server.do("GET", "/v1/keys?owner_type=workspace&owner_id=ws_core&q=Deploys");
  expect(data[0].workflow_ids).toEqual(["wf_invoice"]);
  expect(Date.parse(data[0].expires_at) / 86_400_000 - Date.now() / 86_400_000).toBeCloseTo(30, 1);
});

test("a new key's first requests show where its secret stands", async ({ page, signIn, server }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("First use");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  await expect(dialog(page).getByText("Waiting for the first request")).toBeVisible();
  expect((await server.decide(secret, "workflow.deploy", invoices)).code).toBe("insufficient_permission");
  await expect(dialog(page).getByText("A request came, and was refused.")).toBeVisible();
  expect((await server.decide(secret, "workflow.execute", invoices, { client_ip: "203.0.113.9" })).allow).toBe(true);
  await expect(dialog(page).getByText("The first request came: it works.")).toBeVisible();
  await expect(dialog(page).getByText("on Send invoices from 203.0.113.9")).toBeVisible();
  await expectAccessible(page);
  await store(page);
  await expect(row(page, "First use").getByRole("img", { name: "In 14 days: 1 allowed, 1 denied" })).toBeVisible();
});

test("what is wrong with a new key stands at its fields", async ({ page, signIn, server }) => {
  await made(server, "Taken");
  // The demo's server trusts the proxies of this machine to say who asks.
  await page.setExtraHTTPHeaders({ "X-Forwarded-For": "203.0.113.77" });
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByLabel("Name")).toBeFocused();
  await expect(dialog(page).getByLabel("Name")).toHaveAccessibleDescription(/Give the key a name/);
  await dialog(page).getByLabel("Name").fill("Narrow");
  await dialog(page).getByRole("button", { name: /^Scope/ }).click();
  await dialog(page).getByLabel("Only these workflows").check();
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByLabel("Find a workflow")).toBeFocused();
  await expect(dialog(page).getByLabel("Find a workflow")).toHaveAccessibleDescription(/Choose at least one workflow/);
  await dialog(page).getByLabel("The whole workspace").check();
  await dialog(page).getByLabel("Name").fill("taken");
  await dialog(page).getByRole("button", { name: /^Allowed addresses/ }).click();
  await dialog(page).getByLabel("Networks").fill("10.0.0.0/33");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByLabel("Networks")).toHaveAccessibleDescription(/10\.0\.0\.0\/33 is no address/);
  await dialog(page).getByLabel("Networks").fill("");
  await dialog(page).getByRole("button", { name: "Use mine" }).click();
  await expect(dialog(page).getByLabel("Networks")).toHaveValue("203.0.113.77/32");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  // The server's word, at the field that it is about.
  await expect(dialog(page).getByLabel("Name")).toHaveAccessibleDescription(/name/i);
  await expect(dialog(page).getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await dialog(page).getByLabel("Name").fill("Not taken");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  expect((await server.decide(secret, "workflow.execute", invoices, { client_ip: "203.0.113.78" })).code).toBe("ip_not_allowed");
  expect((await server.decide(secret, "workflow.execute", invoices, { client_ip: "203.0.113.77" })).allow).toBe(true);
  await store(page);
});
