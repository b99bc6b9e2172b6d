import { expect, expectAccessible, test } from "./fixtures";

test.use({ world: "own" });

test("somebody sees where they are signed in, and ends a session", async ({ page, signIn, secondBrowser }) => {
  await signIn("user_ben");
  const other = await secondBrowser();
  await signIn("user_ben", other);
  await other.goto("/console/account");
  await expect(other.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();

  await page.goto("/console/account");
  const sessions = page.getByRole("table", { name: "Your sessions" });
  await expect(sessions.getByRole("row")).toHaveCount(3);
  await expect(sessions.getByText("This one")).toHaveCount(1);
  await sessions.getByRole("row").filter({ hasNotText: "This one" }).getByRole("button", { name: /^Sign out/ }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out there?" });
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Sign out" }).click();
  await expect(dialog).toBeHidden();
  await expect(sessions.getByRole("row")).toHaveCount(2);
  await expect(sessions.getByText("This one")).toHaveCount(1);

  // The other browser finds out by its next call, and does not forget where it was.
  await other.getByRole("button", { name: "Sign out everywhere" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(other).toHaveURL(/\/console\/sign-in\?return_to=%2Faccount/);
});

test("signing out everywhere ends every session, and no key", async ({ page, signIn, secondBrowser, server }) => {
  await signIn("user_ben");
  const other = await secondBrowser();
  await signIn("user_ben", other);
  await page.goto("/console/account");
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out everywhere?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  expect((await server.do("GET", "/v1/users/user_ben/sessions")).data).toHaveLength(2);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL(/\/console\/sign-in/);
  await other.goto("/console/account");
  await expect(other).toHaveURL(/sign-in/);
  expect((await server.do("GET", "/v1/users/user_ben/sessions")).data).toEqual([]);
  expect((await server.decide(server.demoSecret("personal"), "workflow.execute", { type: "workflow", id: "wf_report" })).allow).toBe(true);
});
