import { expect, expectAccessible, test } from "./fixtures";
import { dialog, secretIn, store } from "./keys";

test.use({ world: "own", serverArgs: ["--decision-log", "none"] });

const noLog = "This server keeps no log of decisions that can be read here";

test("a server that logs no decision says so on each page, and what is no log's goes on", async ({ page, signIn, server }) => {
  await signIn("user_ada");
  await page.goto("/console/");
  await expect(page.getByText(noLog)).toBeVisible();
  await expect(page.getByRole("region", { name: "Keys that expire soon" })).toBeVisible();
  await expect(page.getByRole("alert"), "to have none is no fault").toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Decisions" }).click();
  await expect(page.getByRole("heading", { name: noLog })).toBeVisible();
  await expectAccessible(page);

  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Unlogged");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  await expect(dialog(page)).toContainText("Its use shows here, up to a minute late.");
  expect((await server.decide(secret, "workflow.execute", { type: "workflow", id: "wf_invoice" })).allow).toBe(true);
  await store(page);

  await page.getByRole("link", { name: "Unlogged", exact: true }).click();
  for (const panel of ["Requests", "Latest decisions"]) await expect(page.getByRole("region", { name: panel })).toContainText("This server's decision log can't be read here");
  await expect(page.getByRole("region", { name: "Details" }).getByText("Never", { exact: true }), "nobody knows that it was never used, only that it never expires").toHaveCount(1);
  await expect(page.getByRole("region", { name: "Audit trail" })).toContainText("Created");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.goto("/console/try?key=key_demo_organization&action=workflow.deploy&type=workflow&id=wf_invoice");
  await expect(page.getByRole("heading", { name: "What would allow it" })).toBeVisible();
});
