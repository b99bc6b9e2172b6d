import { expect, secretIsNowhere, test } from "./fixtures";

test.use({ world: "empty" });

// What everybody does once: each step has a journey of its own besides, which looks closer.
test("from an empty installation to a revoked key", async ({ page, server, watch }) => {
  test.slow();
  const dialog = page.getByRole("dialog");
  const execute = (secret: string) => server.decide(secret, "workflow.execute", { type: "workflow", id: "wf_hello" });

  await test.step("the set-up link makes the first admin", async () => {
    await page.goto(server.setupLink());
    await page.getByLabel("Name").fill("Root");
    await page.getByLabel("E-mail address").fill("root@example.com");
    await page.getByRole("button", { name: "Become the platform admin" }).click();
    await expect(page.getByRole("heading", { name: "First steps" })).toBeVisible();
  });

  await test.step("the product says who and what there is", async () => {
    const { user } = await (await page.request.get("/v1/session")).json();
    await server.do("PUT", "/v1/workspaces/ws_first", { name: "First", owner_id: user.id });
    await server.do("PUT", "/v1/resources/workflow/wf_hello", { name: "Say hello", workspace_id: "ws_first", properties: { deployed: true } });
    await page.reload();
    await expect(page.getByRole("heading", { name: "First steps" })).toBeHidden();
  });

  const secret = await test.step("a key is made, and used", async () => {
    await page.goto("/console/workspaces/ws_first/keys");
    await page.getByRole("button", { name: "Create the first key" }).click();
    await dialog.getByLabel("Name").fill("Hello");
    await expect(dialog).toContainText("It can execute and change every workflow in First");
    await dialog.getByRole("button", { name: "Create the key" }).click();
    const made = await dialog.getByRole("textbox", { name: /^Secret of/ }).innerText();
    await expect(dialog).toContainText("Waiting for the first request");
    expect((await execute(made)).allow).toBe(true);
    await expect(dialog).toContainText("The first request came: it works.");
    await dialog.getByLabel("I have stored it").check();
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(dialog).toBeHidden();
    await secretIsNowhere(page, made);
    return made;
  });

  await test.step("it is revoked, and refused from then on", async () => {
    await page.getByRole("link", { name: "Hello", exact: true }).click();
    await page.getByRole("button", { name: "What to do with Hello" }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await dialog.getByLabel("Type Hello to go on").fill("Hello");
    await dialog.getByRole("button", { name: "Revoke the key" }).click();
    await expect(page.getByText(/It was revoked just now by you, for good/)).toBeVisible();
    expect((await execute(secret)).code).toBe("key_revoked");
    await page.goto("/console/decisions?key_id=" + new URL(page.url()).pathname.split("/").pop());
    await expect(page.getByText("Denied: key revoked").first()).toBeVisible();
    await secretIsNowhere(page, secret);
  });
  expect(watch.faults()).toEqual([]);
});
