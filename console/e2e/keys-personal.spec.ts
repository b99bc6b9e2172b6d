import { expect, expectAccessible, expectNoSidewaysScroll, narrow, secretIsNowhere, test } from "./fixtures";
import { dialog, invoices, report, row, secretIn } from "./keys";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("a member makes a personal key on a phone, with the keyboard", async ({ page, signIn, server }) => {
  await page.setViewportSize(narrow);
  await signIn("user_cleo");
  await page.goto("/console/keys");
  await expect(page.getByRole("heading", { name: "You have no personal key" })).toBeVisible();
  await page.getByRole("button", { name: "Create a personal key" }).first().focus();
  await page.keyboard.press("Enter");
  await expect(dialog(page).getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Phone");
  await page.keyboard.press("Enter");
  const secret = await secretIn(page);
  await expect(dialog(page).getByRole("textbox", { name: "Secret of Phone" }), "what is new is read").toBeFocused();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
  await dialog(page).getByLabel("I have stored it").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await expect(dialog(page).getByRole("button", { name: "Done" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog(page)).toBeHidden();
  await secretIsNowhere(page, secret);
  await expect(page.getByRole("link", { name: "Phone" })).toBeVisible();
  expect((await server.decide(secret, "workflow.read", invoices)).allow).toBe(true);
  expect((await server.decide(secret, "workflow.execute", invoices)).code).toBe("insufficient_permission");
});

test.describe("with a world of its own", () => {
  test.use({ world: "own" });

  test("personal keys are switched off, after it was seen which stop, and on again", async ({ page, signIn, server }) => {
    await server.do("POST", "/v1/keys", { type: "personal", name: "Ada's own" }, "user_ada");
    await signIn("user_ada");
    await page.goto("/console/workspaces/ws_core/keys?tab=mine");
    const allow = page.getByRole("switch", { name: "Allow personal API keys" });
    // Until it is seen what stops, nothing is switched.
    let answer: (() => void) | null = null;
    await page.route(/dry_run=true/, async (route) => {
      await new Promise<void>((resolve) => (answer = resolve));
      await route.continue();
    }, { times: 1 });
    await allow.press("Space");
    await expect.poll(() => answer).not.toBeNull();
    await expect(dialog(page).getByRole("button", { name: "Switch them off" })).toBeDisabled();
    answer!();
    const stop = dialog(page).getByRole("list", { name: "Keys that stop" });
    await expect(stop).toContainText("Ada's own yours");
    await expect(stop).toContainText("A key of another user user_ben");
    await expectAccessible(page);
    await dialog(page).getByRole("button", { name: "Cancel" }).click();
    await expect(allow).toBeChecked();
    expect((await server.decide(server.demoSecret("personal"), "workflow.execute", report)).allow).toBe(true);
    await allow.press("Space");
    await dialog(page).getByRole("button", { name: "Switch them off" }).click();
    await expect(allow).not.toBeChecked();
    expect((await server.decide(server.demoSecret("personal"), "workflow.execute", report)).code).toBe("personal_keys_disabled");
    await expect(page.getByRole("button", { name: "Create a personal key" })).toHaveCount(0);
    await allow.press("Space");
    await expect(allow).toBeChecked();
    expect((await server.decide(server.demoSecret("personal"), "workflow.execute", report)).allow).toBe(true);
  });

  test("an edited policy that forbids them has nothing offered, and what stands is read", async ({ page, signIn, server }) => {
    await signIn("user_ben");
    await page.goto("/console/keys/key_demo_personal");
    await expect(page.getByRole("button", { name: "Rotate" })).toBeVisible();
    const { revision, files } = await server.do("GET", "/v1/policy");
    const forbidden = ["create", "update", "rotate"];
    const operations = forbidden.reduce((text, o) => text.replace(`"keys.${o}": "self"`, `"keys.${o}": "nobody"`), files["management/operations.rego"]);
    // The tests that promise the shipped table go with it.
    const left = Object.fromEntries(Object.entries({ ...files, "management/operations.rego": operations }).filter(([path]) => !(path.startsWith("management/") && path.endsWith("_test.rego"))));
    await server.do("POST", "/v1/policy/revisions", { files: left, message: "Keys are made by workspaces alone", base_revision: revision });
    // What was offered before is refused, and is not offered again.
    await page.getByRole("button", { name: "What to do with Ben's laptop" }).click();
    await page.getByRole("menuitem", { name: "Disable" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "The key was not disabled" })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Edit|^Rotate/ })).toHaveCount(0);
    await page.getByRole("button", { name: "What to do with Ben's laptop" }).click();
    await expect(page.getByRole("menuitem")).toHaveText(["Revoke"]);
    for (const path of ["/keys", "/workspaces/ws_core/keys?tab=mine"]) {
      await page.goto("/console" + path);
      await expect(row(page, "Ben's laptop")).toBeVisible();
      await expect(page.getByRole("button", { name: "Create a personal key" })).toHaveCount(0);
    }
    await expectAccessible(page);
  });
});
