import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, narrow, secretIsNowhere, test } from "./fixtures";
import { settled } from "./page";

// Some of them are long, and the machine may be busy.
test.describe.configure({ timeout: 120_000 });

const invoices = { type: "workflow", id: "wf_invoice" };
const report = { type: "workflow", id: "wf_report" };

const dialog = (page: Page) => page.getByRole("dialog");
const row = (page: Page, name: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });

async function secretIn(page: Page): Promise<string> {
  const secret = await dialog(page).getByRole("textbox", { name: /^Secret of/ }).innerText();
  expect(secret).toMatch(/^sk-steelengine-[0-9A-Za-z]{49}$/);
  return secret;
}

async function store(page: Page): Promise<void> {
  await dialog(page).getByLabel("I have stored it").check();
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await expect(dialog(page)).toBeHidden();
}

/** Makes a key behind the console's back, for what a journey begins with. */
async function made(server: { do: (m: string, p: string, b?: unknown, a?: string) => Promise<any> }, name: string, more: Record<string, unknown> = {}, by = "user_ada") {
  return server.do("POST", "/v1/keys", { type: "workspace", workspace_id: "ws_core", name, ...more }, by);
}

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

test("an organization's admin grants a key workspaces and workflows", async ({ page, context, signIn, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn("user_ada");
  await page.goto("/console/organizations/org_acme/keys");
  await page.getByRole("button", { name: "Create a key" }).click();
  await dialog(page).getByLabel("Name").fill("Auditors");
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  await expect(dialog(page).getByText("Add at least one workspace or workflow")).toBeVisible();
  const add = dialog(page).getByRole("combobox", { name: "Add a workspace or workflow" });
  await add.click();
  await page.getByRole("option", { name: "Core", exact: true }).click();
  await add.fill("nightly");
  await page.getByRole("option", { name: "Nightly load in Data" }).click();
  await add.click();
  await page.getByRole("option", { name: "Weekly report in Core" }).click();
  await dialog(page).getByRole("combobox", { name: "Permission on Core" }).selectOption("read");
  await dialog(page).getByRole("button", { name: "Take Weekly report away" }).click();
  await expect(dialog(page)).toContainText("It can read everything in Core and execute and change Nightly load; billed to Ada and Dan.");
  await expectAccessible(page);
  await dialog(page).getByRole("button", { name: "Create the key" }).click();
  const secret = await secretIn(page);
  // To have copied it is to have it.
  await dialog(page).getByRole("button", { name: "Copy the secret" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await dialog(page).getByRole("button", { name: "Done" }).click();
  await expect(dialog(page)).toBeHidden();
  await secretIsNowhere(page, secret);
  expect((await server.decide(secret, "workflow.execute", { type: "workflow", id: "wf_etl" })).allow).toBe(true);
  expect((await server.decide(secret, "workflow.execute", invoices)).code).toBe("insufficient_permission");

  // A member of the workspace sees that it reaches it, and how far; not its page.
  await signIn("user_cleo");
  await page.goto("/console/workspaces/ws_core/keys?tab=organization");
  const reaching = page.getByRole("row").filter({ hasText: "Auditors" });
  await expect(reaching).toContainText("The whole workspace Read");
  await expect(reaching).not.toContainText("Nightly load");
  await expect(page.getByRole("link", { name: "Auditors" })).toHaveCount(0);
  await page.getByLabel("Search keys").fill("audit");
  await expect(page).toHaveURL(/q=audit/);
  await expect(page.getByRole("row")).toHaveCount(2);
  await expect(reaching).toBeVisible();
  await page.getByLabel("State").selectOption("disabled");
  await expect(page.getByText("No key is like this")).toBeVisible();
});

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

test("a key is edited, paused, and revoked for good, and its trail says so", async ({ page, signIn, server }) => {
  const key = await made(server, "Short-lived");
  for (let i = 0; i < 3; i++) expect((await server.decide(key.secret, "workflow.execute", invoices)).allow).toBe(true);
  await server.decide(key.secret, "workflow.deploy", invoices);
  await signIn("user_ada");
  await page.goto("/console/keys/" + key.id);
  await expect(page.getByRole("region", { name: "Requests" }).getByRole("img")).toHaveAccessibleName(/3 allowed, 1 denied/);
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
});

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
