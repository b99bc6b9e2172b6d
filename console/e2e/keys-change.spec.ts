import { expect, expectAccessible, secretIsNowhere, test } from "./fixtures";
import { dialog, invoices, made, secretIn, store } from "./keys";
import { settled } from "./page";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("a key is rotated: old and new stand side by side while both work", async ({ page, signIn, server }) => {
  const old = await made(server, "Rotating", { workflow_ids: ["wf_invoice"] });
  await signIn("user_ada");
  await page.goto("/console/keys/" + old.id);
  await page.getByRole("button", { name: "Rotate" }).click();
  await dialog(page).getByLabel("1 hour").check();
  await dialog(page).getByRole("button", { name: "Rotate the key" }).click();
  const secret = await secretIn(page);
  await store(page);
  await expect(page).not.toHaveURL(new RegExp(old.id));
  await secretIsNowhere(page, secret);
  const both = page.getByRole("region", { name: "Two secrets work" });
  await expect(both).toContainText("New (this key)");
  await expect(both).toContainText("ends in");
  for (const key of [old.secret, secret]) expect((await server.decide(key, "workflow.execute", invoices)).allow).toBe(true);
  await expect(page.getByRole("region", { name: "Audit trail" })).toContainText("Made by rotation");
  await settled(page);
  await expectAccessible(page);
  await both.getByRole("link", { name: "Open the old key" }).click();
  await expect(page).toHaveURL(new RegExp(old.id));
  await expect(both).toContainText("Old (this key)");
  await expect(page.getByRole("button", { name: "Rotate" }), "a key has one successor").toHaveCount(0);
});

test("who revokes the new key of a rotation is told that the old secret works on", async ({ page, signIn, server }) => {
  const old = await made(server, "Leaked");
  const { id } = await server.do("POST", `/v1/keys/${old.id}/rotate`, { overlap_seconds: 3600 }, "user_ada");
  await signIn("user_ada");
  await page.goto("/console/keys/" + id);
  await page.getByRole("button", { name: "What to do with Leaked" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await expect(dialog(page)).toContainText(`Its old secret, sk-steelengine-…${old.secret.slice(-4)}, is a key of its own and works on until`);
  await expectAccessible(page);
  await dialog(page).getByLabel("Type Leaked to go on").fill("Leaked");
  await dialog(page).getByRole("button", { name: "Revoke the key" }).click();
  await expect(page.getByText(/The old secret that it was to replace works on until/)).toBeVisible();
  expect((await server.decide(old.secret, "workflow.execute", invoices)).allow, "which is so").toBe(true);
  await page.getByRole("link", { name: "The old secret" }).click();
  await expect(page).toHaveURL(new RegExp(old.id));
});

test("a key is edited, paused, and revoked for good, and its trail says so", async ({ page, signIn, server }) => {
  const key = await made(server, "Short-lived");
  for (let i = 0; i < 3; i++) expect((await server.decide(key.secret, "workflow.execute", invoices)).allow).toBe(true);
  await server.decide(key.secret, "workflow.deploy", invoices);
  await signIn("user_ada");
  await page.goto("/console/keys/" + key.id);
  await expect(page.getByRole("region", { name: "Requests" })).toContainText("3 allowed, 1 denied");
  const latest = page.getByRole("region", { name: "Latest decisions" });
  await expect(latest.getByText("Denied: insufficient permission")).toBeVisible();
  await expect(latest.getByRole("link", { name: /^Explain workflow.deploy on wf_invoice/ })).toHaveAttribute("href", /\/console\/try\?decision=dec_/);

  await page.getByRole("button", { name: "Edit" }).click();
  await dialog(page).getByLabel("Name").fill("Long-lived");
  await dialog(page).getByRole("button", { name: /^Allowed addresses/ }).click();
  await dialog(page).getByLabel("Networks").fill("203.0.113.0/24");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "Long-lived" })).toBeVisible();
  const trail = page.getByRole("region", { name: "Audit trail" });
  await expect(trail).toContainText("Name: Short-lived → Long-lived");
  await expect(trail).toContainText("Allowed addresses: any → 203.0.113.0/24");

  const more = page.getByRole("button", { name: "What to do with Long-lived" });
  await more.click();
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await expect(page.getByText("Every request with it is refused until it is enabled again.")).toBeVisible();
  await expect(trail).toContainText("Disabled: no → yes");
  expect((await server.decide(key.secret, "workflow.execute", invoices)).code).toBe("key_disabled");
  await more.click();
  await page.getByRole("menuitem", { name: "Enable" }).click();
  await expect(trail).toContainText("Disabled: yes → no");

  await more.click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await expect(dialog(page)).toContainText(/In the last 7 days 3 of its requests were allowed, and 2 denied\. It was last used (just now|\d+ \S+ ago)\./);
  await expect(dialog(page).getByRole("button", { name: "Revoke the key" })).toBeDisabled();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  await expect(more).toBeFocused();
  await more.click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await dialog(page).getByLabel("Type Long-lived to go on").fill("Long-lived");
  await dialog(page).getByRole("button", { name: "Revoke the key" }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByText(/It was revoked just now by you, for good/)).toBeVisible();
  for (const gone of ["Edit", "Rotate", "What to do with Long-lived"]) await expect(page.getByRole("button", { name: gone })).toHaveCount(0);
  await expect(trail.getByText("Revoked", { exact: true })).toBeVisible();
  expect((await server.decide(key.secret, "workflow.execute", invoices)).code).toBe("key_revoked");
  await expectAccessible(page);
});
