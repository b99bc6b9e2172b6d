import { expect, expectAccessible, expectNoSidewaysScroll, narrow, test } from "./fixtures";

test("an admin finds a change, reads what it changed, and exports what was found", async ({ page, signIn, server }) => {
  const key = await server.do("POST", "/v1/keys", { type: "workspace", name: "Audited", workspace_id: "ws_core", allowed_cidrs: ["203.0.113.0/24"] }, "user_ada");
  await server.do("PATCH", "/v1/keys/" + key.id, { name: "Audited twice", allowed_cidrs: ["198.51.100.0/24"] }, "user_ada");
  await signIn("user_ada");
  await page.goto("/console/audit?owner_type=workspace&owner_id=ws_core");
  await page.getByLabel("Asked for").fill("key " + key.id);
  await page.getByLabel("Asked for").press("Enter");
  await expect(page).toHaveURL(/target=key\+key_/);
  const table = page.getByRole("table", { name: "Audit entries, newest first" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await table.getByRole("button", { name: /^keys.update/ }).click();
  const drawer = page.getByRole("dialog", { name: /^Entry/ });
  await expect(drawer.getByRole("deletion").filter({ hasText: /^Audited$/ })).toBeVisible();
  await expect(drawer.getByRole("insertion").filter({ hasText: "Audited twice" })).toBeVisible();
  await expect(drawer.getByRole("deletion").filter({ hasText: "203.0.113.0/24" })).toBeVisible();
  await expectAccessible(page);
  await drawer.getByRole("button", { name: /^Show the \d+ that stayed/ }).click();
  await expect(drawer.getByText("created_by")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const file = await (await download).createReadStream();
  let text = "";
  for await (const chunk of file) text += String(chunk);
  expect(text.trim().split("\n").map((line) => JSON.parse(line).action)).toEqual(["keys.update", "keys.create"]);
});

test("a denied attempt is on record, and who may not read a place's audit is told so", async ({ page, signIn, server }) => {
  expect((await server.call("POST", "/v1/keys", { type: "workspace", name: "Not hers", workspace_id: "ws_core" }, "user_cleo")).status).toBe(403);
  await signIn("user_pat");
  await page.goto("/console/audit?actor=user_cleo&outcome=denied");
  const table = page.getByRole("table", { name: "Audit entries, newest first" });
  await table.getByRole("button", { name: /^keys.create/ }).first().click();
  await expect(page.getByRole("dialog").getByText("Nothing was changed")).toBeVisible();
  await expect(page.getByRole("dialog").getByText("forbidden")).toBeVisible();

  await signIn("user_cleo");
  await page.goto("/console/audit?owner_type=workspace&owner_id=ws_core");
  await expect(page.getByText("This audit is not yours to read")).toBeVisible();
  await expectAccessible(page);
});

test.describe("on a phone", () => {
  test.use({ viewport: narrow });

  test("entries are cards, and a drawer fits", async ({ page, signIn, server }) => {
    await server.do("POST", "/v1/keys", { type: "personal", name: "Audited on a phone" }, "user_dan");
    await signIn("user_dan");
    await page.goto("/console/audit?owner_type=user&owner_id=user_dan");
    await page.getByRole("list", { name: "Audit entries, newest first" }).getByRole("button", { name: /^keys.create/ }).click();
    await expect(page.getByRole("dialog").getByRole("heading", { name: "What changed" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
});
