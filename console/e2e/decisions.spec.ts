import { expect, expectAccessible, expectNoSidewaysScroll, narrow, test } from "./fixtures";
import { traffic } from "./page";

const log = "Decisions, newest first";

test("an admin narrows the log, which the address keeps, and reads why one was denied", async ({ page, signIn, server }) => {
  await traffic(server, 1);
  await signIn("user_ada");
  await page.goto("/console/decisions?workspace_id=ws_core");
  const table = page.getByRole("table", { name: log });
  await expect(table.getByText("workflow.execute").first()).toBeVisible();
  await page.getByRole("radiogroup", { name: "Outcome" }).getByText("Denied").click();
  await expect(page).toHaveURL(/allow=false/);
  await expect(table.getByText("Allowed", { exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("key_demo_workspace");
  await page.getByRole("textbox", { name: "Key", exact: true }).press("Enter");
  await expect(page).toHaveURL(/key_id=key_demo_workspace/);
  await page.getByRole("combobox", { name: "Code", exact: true }).click();
  await page.getByRole("option", { name: "Outside scope" }).click();
  await expect(page).toHaveURL(/code=outside_scope/);
  await expect(page.getByRole("button", { name: "Filters (2)" })).toBeVisible();

  // Who follows the link sees the same.
  await page.reload();
  await expect(table.getByRole("row").nth(1)).toContainText("Outside scope");
  await expect(table.getByText("key_demo_organization")).toHaveCount(0);
  await table.getByRole("button", { name: /^Denied workflow.execute/ }).first().click();
  await expect(page).toHaveURL(/decision=dec_/);
  const drawer = page.getByRole("dialog", { name: "Decision" });
  await expect(drawer.getByRole("heading", { name: "What would allow it" })).toBeVisible();
  await expect(drawer.getByText("Widen the key's scope to the workflow wf_report.")).toBeVisible();
  await expect(drawer.getByText("wf_report").first()).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(page).not.toHaveURL(/decision=/);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).not.toHaveURL(/code=/);
  // A site's own code is none that is offered.
  await page.getByRole("combobox", { name: "Code", exact: true }).fill("quota_spent");
  await page.getByRole("combobox", { name: "Code", exact: true }).press("Enter");
  await expect(page).toHaveURL(/code=quota_spent/);
  await expect(page.getByRole("heading", { name: "No decision is like that" })).toBeVisible();
});

test("a drawer that was opened and closed leaves no step in the history", async ({ page, signIn, server }) => {
  await traffic(server, 1);
  await signIn("user_ada");
  await page.goto("/console/keys");
  await page.goto("/console/decisions?workspace_id=ws_core");
  const drawer = page.getByRole("dialog", { name: "Decision" });
  await page.getByRole("table", { name: log }).getByRole("button").first().click();
  await expect(drawer).toBeVisible();
  const opened = page.url();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await page.goBack();
  await expect(page).toHaveURL(/\/console\/keys$/);
  // Who comes by a link stays on the page.
  await page.goto(opened);
  await expect(drawer).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/decisions\?workspace_id=ws_core$/);
});

test("outcomes over time are a plot that zooms, and a table of the same figures", async ({ page, signIn, server }) => {
  await traffic(server, 1);
  await signIn("user_pat");
  await page.goto("/console/decisions?window=1h");
  const plot = page.locator(".u-over");
  await expect(plot).toBeVisible();
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 20, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.98, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=.*until=/);
  await expect(page).not.toHaveURL(/window=/);
  await page.getByRole("button", { name: "Back to the last 24 hours" }).click();
  await expect(page).not.toHaveURL(/from=/);

  await page.getByRole("button", { name: "Show as a table" }).click();
  const figures = page.getByRole("table", { name: /^Allowed and denied/ });
  await expect(figures.getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await figures.getByRole("button", { name: /^Zoom in to/ }).first().click();
  await expect(page).toHaveURL(/from=.*until=/);
});

test("live, a decision stands in the log as it is made", async ({ page, signIn, server }) => {
  await signIn("user_pat");
  await page.goto("/console/decisions");
  await page.getByRole("switch", { name: "Live" }).click();
  await expect(page).toHaveURL(/live=1/);
  await server.decide(server.demoSecret("personal"), "workflow.read", { type: "workflow", id: "wf_seen_live" });
  await expect(page.getByText("wf_seen_live").first()).toBeVisible();
});

test("who administers nothing reads what their own keys asked, and is told why no more", async ({ page, signIn }) => {
  await signIn("user_cleo");
  await page.goto("/console/decisions");
  await expect(page.getByRole("combobox", { name: "Decisions about" })).toHaveValue("What my personal keys asked");
  await page.getByRole("combobox", { name: "Decisions about" }).click();
  await expect(page.getByRole("option", { name: "Core" })).toHaveCount(0);
  await expect(page.getByRole("option", { name: "Everything" })).toHaveCount(0);
  await page.goto("/console/decisions?workspace_id=ws_core");
  await expect(page.getByText("These decisions are not yours to read")).toBeVisible();
  await expectAccessible(page);
});

test.describe("on a phone", () => {
  test.use({ viewport: narrow });

  test("decisions are cards, and a drawer fits", async ({ page, signIn, server }) => {
    await traffic(server, 1);
    await signIn("user_ada");
    await page.goto("/console/decisions?workspace_id=ws_core&allow=false");
    await page.getByRole("list", { name: log }).getByRole("button").first().click();
    await expect(page.getByRole("dialog", { name: "Decision" }).getByRole("heading", { name: "How it was decided" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
