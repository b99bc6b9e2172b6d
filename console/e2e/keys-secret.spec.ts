import { expect, expectAccessible, secretIsNowhere, test } from "./fixtures";
import { dialog, made, row, secretIn, store } from "./keys";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("a secret outlives the session that made it, until it is stored", async ({ page, signIn }) => {
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Signed out meanwhile");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  expect((await page.request.delete("/v1/session")).ok()).toBe(true);
  await expect(dialog(page).getByRole("alert").filter({ hasText: "You are signed out. Store the secret first" })).toBeVisible();
  expect(await secretIn(page)).toBe(secret);
  await page.keyboard.press("Escape");
  await expectAccessible(page);
  await dialog(page).getByLabel("I have stored it").check();
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await expect(page).toHaveURL(/return_to=.*ws_core/);
  await secretIsNowhere(page, secret);
});

test("a secret outlives the role that made it, until it is stored", async ({ page, signIn, server }) => {
  const member = "/v1/organizations/org_acme/members/user_eve";
  await server.do("PUT", member, { role: "admin" });
  await signIn("user_eve");
  await page.goto("/console/organizations/org_acme/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Made while an admin");
  await dialog(page).getByRole("combobox", { name: "Add a workspace or workflow" }).click();
  await page.getByRole("option", { name: "Core", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  await server.do("PUT", member, { role: "member" });
  // The page asks anew once somebody comes back to it after a while, and hears that it is not for them any more.
  await page.clock.install();
  await page.clock.fastForward(120_000);
  const heard = page.waitForResponse((r) => r.url().endsWith("/v1/organizations/org_acme"));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  expect((await (await heard).json()).may).not.toContain("keys.list");
  await expect(page.locator("main").getByRole("button", { name: "Create a key", includeHidden: true })).toHaveCount(0);
  expect(await secretIn(page)).toBe(secret);
  await store(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The keys of Acme are its admins' alone");
  await secretIsNowhere(page, secret);
});

test("nothing closes a dialog whose secret is on its way", async ({ page, signIn, server }) => {
  const old = await made(server, "Turned slowly");
  await signIn("user_ada");
  // The server is asked once the journey says so.
  let answer: (() => void) | null = null;
  await page.route(/\/v1\/keys/, async (route) => {
    if (route.request().method() === "POST") await new Promise<void>((resolve) => (answer = resolve));
    await route.continue();
  });
  const holdsOn = async () => {
    await expect(dialog(page).getByRole("button", { name: "Cancel" })).toBeDisabled();
    await expect(dialog(page).getByRole("button", { name: "Close" })).toHaveCount(0);
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 400);
    await page.evaluate(() => history.back());
    await expect.poll(() => answer).not.toBeNull();
    answer?.();
    answer = null;
    await secretIn(page);
    await store(page);
  };
  await page.goto("/console/keys");
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Workspace keys" }).click();
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Made slowly");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await holdsOn();
  await page.getByRole("link", { name: old.name, exact: true }).click();
  await page.getByRole("button", { name: "Rotate" }).click();
  await dialog(page).getByRole("button", { name: "Rotate the key" }).click();
  await holdsOn();
});

test("a key whose answer was lost is not made twice, and says what to do", async ({ page, signIn }) => {
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Lost on the way");
  // The server does what it is asked, and the line breaks before it has said so.
  let broken = 0;
  await page.route("**/v1/keys", async (route) => {
    if (route.request().method() !== "POST" || broken++ > 0) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("does not answer");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page)).toContainText("its secret was lost on the way");
  await dialog(page).getByRole("button", { name: "Close" }).last().click();
  await expect(row(page, "Lost on the way")).toHaveCount(1);
});

test("a secret that is pasted into a filter stays out of the address", async ({ page, signIn, server }) => {
  const key = await made(server, "Found by its end");
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys");
  await page.getByLabel("Search keys").fill(key.secret);
  await expect(page.getByLabel("Search keys")).toHaveValue(key.secret.slice(-4));
  await expect(page.getByText("only its last 4 characters are searched for")).toBeVisible();
  await expect(page).toHaveURL(/q=.{4}$/);
  await expect(row(page, "Found by its end")).toBeVisible();
  await secretIsNowhere(page, key.secret);
  await page.goto("/console/decisions");
  await page.getByRole("button", { name: "Filters" }).click();
  const by = page.getByLabel("Key", { exact: true });
  await by.fill(key.secret);
  await by.press("Enter");
  await expect(by).toHaveAccessibleDescription(/That is a secret/);
  await secretIsNowhere(page, key.secret);
});
