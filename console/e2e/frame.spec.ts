import { expect, expectAccessible, expectNoSidewaysScroll, narrow, test } from "./fixtures";
import { settled } from "./page";

test.describe("among many workspaces", () => {
  test.use({ world: "own" });

  test("one is found by name, and switched to", async ({ page, signIn, server }) => {
    for (let i = 1; i <= 15; i++) await server.do("PUT", `/v1/workspaces/ws_many_${i}`, { name: `Many ${i}`, owner_id: "user_dan" });
    await signIn("user_dan");
    await page.goto("/console/keys");
    await page.getByRole("button", { name: /^Workspace or organization/ }).click();
    const choices = page.getByRole("listbox", { name: "Workspaces and organizations" });
    await expect(choices.getByRole("option", { name: "Many 15" })).toBeAttached();
    await expectAccessible(page);
    await page.getByRole("textbox", { name: "Find a workspace or organization" }).fill("many 12");
    await expect(choices.getByRole("option")).toHaveCount(1);
    await expectAccessible(page);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/workspaces\/ws_many_12\/keys/);
    await expect(page.getByRole("button", { name: "Workspace or organization: Many 12. Switch" })).toBeVisible();
  });
});

test.describe("on a phone", () => {
  test.use({ world: "own", viewport: narrow });

  test("a name that nothing breaks stays within the window", async ({ page, signIn, server }) => {
    const name = "W".repeat(200);
    await server.do("PUT", "/v1/workspaces/ws_long", { name, owner_id: "user_dan" });
    await server.do("PUT", "/v1/resources/workflow/wf_long", { name: "F".repeat(200), workspace_id: "ws_long" });
    await server.do("POST", "/v1/keys", { type: "personal", name: "K".repeat(100) }, "user_dan");
    const { id } = await server.do("POST", "/v1/keys", { type: "workspace", name: "L".repeat(100), workspace_id: "ws_long", workflow_ids: ["wf_long"] }, "user_dan");
    await signIn("user_dan");
    for (const path of ["/workspaces/ws_long/keys", "/workspaces/ws_long/keys?tab=mine", "/", "/keys", "/keys/" + id]) {
      await page.goto("/console" + path);
      await settled(page);
      await expectNoSidewaysScroll(page);
    }
    await page.getByRole("button", { name: "Open the navigation" }).click();
    await page.getByRole("button", { name: /^Workspace or organization/ }).click();
    await expectNoSidewaysScroll(page);
  });
});

test("while the server can't be reached a page says so, and comes once it can", async ({ page, context, signIn, watch }) => {
  watch.expects(/part of the console did not load/);
  await signIn("user_ada");
  await page.goto("/console/keys");
  await settled(page);
  await context.setOffline(true);
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Audit" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "This part of the console did not load: check your connection, then try again." });
  await expect(alert).toContainText("The server can't be reached");
  await expect(page).toHaveTitle("This page can't be shown · steelgate");
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server does not answer" })).toBeVisible();
  await expectAccessible(page);
  await context.setOffline(false);
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Audit entries, newest first" })).toBeVisible();
});

test("a refusal names the tab and takes the focus, and is no second heading of a page", async ({ page, signIn }) => {
  await signIn("user_pia");
  await page.goto("/console/no-such-page");
  await expect(page).toHaveTitle("No such page · steelgate");
  await page.goto("/console/keys/key_there_is_none");
  await expect(page).toHaveTitle("There is no such thing here · steelgate");
  // Who goes on from page to page is read what they came to.
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "My keys" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "My keys" })).toBeFocused();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "There is no such thing here" })).toBeFocused();
  await page.goto("/console/policies/history?revision=4711");
  await expect(page.getByRole("heading", { level: 2, name: "There is no such thing here" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Policy history");
  await expect(page).toHaveTitle("Policy history · steelgate");
});

test("the chosen colours stand before the script has come", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/console/sign-in");
  await page.evaluate(() => localStorage.setItem("steelgate.scheme", "dark"));
  await page.route(/\/assets\/.*\.js/, (route) => route.abort());
  await page.reload();
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(20, 26, 34)");
});
