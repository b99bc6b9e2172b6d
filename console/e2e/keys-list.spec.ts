import { expect, expectAccessible, test } from "./fixtures";
import { made, row } from "./keys";
import { settled } from "./page";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

test("filters live in the address, and find keys by name and state", async ({ page, signIn, server }) => {
  const off = await made(server, "Filter me, disabled");
  await server.do("PATCH", "/v1/keys/" + off.id, { disabled: true }, "user_ada");
  await made(server, "Filter me, soon over", { expires_at: new Date(Date.now() + 5 * 86_400_000).toISOString() });
  await made(server, "Filter me, fine");
  await signIn("user_ada");
  await page.goto("/console/workspaces/ws_core/keys?q=filter+me&status=disabled");
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(row(page, "Filter me, disabled")).toContainText("Disabled");
  await page.getByLabel("State").selectOption("expires_soon");
  await expect(page).toHaveURL(/status=expires_soon/);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(row(page, "Filter me, soon over")).toContainText("Expires soon");
  await page.getByLabel("State").selectOption("");
  await expect(page.getByRole("row")).toHaveCount(4);
  await page.getByLabel("Search keys").fill("nothing is called so");
  await expect(page.getByText("No key is like this")).toBeVisible();
  await expect(page).toHaveURL(/q=nothing/);
  await page.getByRole("button", { name: "Show every key" }).click();
  await expect(page).not.toHaveURL(/q=/);
  await expect(page.getByLabel("Search keys")).toHaveValue("");
});

test("what one may not do is not offered, and says why by its address", async ({ page, signIn, server }) => {
  const key = await made(server, "Not for everybody");
  await signIn("user_cleo");
  await page.goto("/console/workspaces/ws_core/keys");
  await expect(row(page, "Not for everybody")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Create|^What to do/ })).toHaveCount(0);
  await expect(page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Acme keys" })).toHaveCount(0);
  await page.goto("/console/keys/" + key.id);
  await expect(page.getByRole("heading", { level: 1, name: "Not for everybody" })).toBeVisible();
  await settled(page);
  await expect(page.getByRole("button", { name: /^Edit|^Rotate|^What to do/ })).toHaveCount(0);
  await expect(page.getByText("What was asked with this key is for the workspace's admins to read.")).toBeVisible();
  await page.goto("/console/workspaces/ws_core/keys?tab=mine");
  await expect(page.getByRole("switch")).toHaveCount(0);
  await page.goto("/console/organizations/org_acme/keys");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The keys of Acme are its admins' alone");
  await signIn("user_eve");
  await page.goto("/console/keys/" + key.id);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such thing here");
  await signIn("user_pat");
  await page.goto("/console/workspaces/ws_core/keys");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The keys of Core are its members' alone");
  await expectAccessible(page);
});
