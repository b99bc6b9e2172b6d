import { expect, expectAccessible, test } from "./fixtures";
import { Dex, freePort, Server } from "./server";
import { Watch } from "./watch";

test.describe("the demo", () => {
  test("somebody picks whom to be, and comes to the page that they were on their way to", async ({ page }) => {
    await page.goto("/console/account?tab=x");
    await expect(page).toHaveURL(/\/console\/sign-in\?return_to=/);
    await expect(page.getByRole("button", { name: "Ada Administers Acme, owns Core" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Pia Policy admin" })).toBeVisible();
    await page.getByRole("button", { name: /^Cleo/ }).click();
    await expect(page).toHaveURL(/\/console\/account/);
    await expect(page.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();
    await expect(page.getByText("cleo@acme.example")).toBeVisible();
    await page.goBack();
    await expect(page, "the page of signing in is not left behind").not.toHaveURL(/sign-in/);
  });

  test("the keyboard alone signs in, and out", async ({ page }) => {
    await page.goto("/sign-in");
    await expect(page).toHaveURL(/\/console\/sign-in$/);
    const ben = page.getByRole("button", { name: /^Ben/ });
    await ben.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page).toHaveURL(/\/console\/?$/);
    const account = page.getByRole("button", { name: "Your account: Ben" });
    await account.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("menuitem", { name: "Account and sessions" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("End");
    await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/console\/sign-in$/);
    await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
    await page.goto("/console/keys");
    await expect(page, "nothing of the session is left").toHaveURL(/sign-in/);
  });

  test("nobody is led out of the console by an address", async ({ page, server }) => {
    for (const elsewhere of ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"]) {
      await page.goto("/console/sign-in?return_to=" + encodeURIComponent(elsewhere));
      await page.getByRole("button", { name: /^Ada/ }).click();
      await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Sign in");
      expect(new URL(page.url()).origin).toBe(server.url);
      await page.context().clearCookies();
    }
  });

  test("whoever is signed in already goes on as they are", async ({ page, signIn }) => {
    await signIn("user_dan");
    await page.goto("/console/sign-in");
    await page.getByRole("button", { name: "Go on as Dan" }).click();
    await expect(page.getByRole("button", { name: "Your account: Dan" })).toBeVisible();
  });

  test("a refused sign-in says why", async ({ page, server }) => {
    await page.goto("/console/sign-in");
    await expect(page.getByRole("button", { name: /^Eve/ })).toBeVisible();
    await server.do("PUT", "/v1/users/user_eve", { active: false });
    try {
      await page.getByRole("button", { name: /^Eve/ }).click();
      await expect(page.getByRole("alert")).toContainText(/inactive|not active/i);
      await expectAccessible(page);
    } finally {
      await server.do("PUT", "/v1/users/user_eve", { active: true });
    }
  });
});

test.describe("a server that has had enough, and one that is gone", () => {
  test.use({ world: "own" });

  test("each is told as what it is", async ({ page, context, server }) => {
    await page.goto("/console/sign-in");
    const ada = page.getByRole("button", { name: /^Ada/ });
    await expect(ada).toBeVisible();
    // One address may begin so many sign-ins a minute: the last one is begun elsewhere as hers is on its way.
    const begin = () => fetch(server.url + "/v1/sign-in/dev", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_id: "user_ben" }) });
    await page.route("**/v1/sign-in/dev", async (route) => {
      while ((await begin()).status !== 429);
      await route.continue();
    }, { times: 1 });
    await ada.click();
    await expect(page.getByRole("alert")).toContainText(/Too many.*\(\d+ s\)/);
    await expectAccessible(page);
    await context.setOffline(true);
    await ada.click();
    await expect(page.getByRole("alert")).toContainText("The server does not answer: check your connection, then try again.");
    await context.setOffline(false);
    await expect(async () => {
      await ada.click();
      await expect(page.getByRole("button", { name: "Your account: Ada" })).toBeVisible({ timeout: 3_000 });
    }).toPass();
  });
});

test.describe("a new installation", () => {
  test.use({ world: "empty" });

  test("its set-up link makes its first admin, once", async ({ page, server, secondBrowser }) => {
    const link = server.setupLink();
    const code = link.split("=")[1]!;
    await page.goto(link);
    await expect(page.getByRole("heading", { level: 1, name: "Set up this installation" })).toBeVisible();
    expect(page.url(), "the code leaves the address").toBe(server.url + "/console/sign-in");
    await expectAccessible(page);

    await page.getByLabel("Name").fill("Fay");
    await page.getByLabel("E-mail address").fill("no address");
    await page.getByLabel("E-mail address").press("Enter");
    await expect(page.getByRole("heading", { name: "Set up this installation" })).toBeVisible();
    await page.getByLabel("E-mail address").fill("fay@acme.example");
    await page.getByRole("button", { name: "Become the platform admin" }).click();
    await expect(page.getByRole("button", { name: "Your account: Fay" })).toBeVisible();
    await page.goto("/console/account");
    await expect(page.getByText("Platform admin")).toBeVisible();
    const history = await page.evaluate(() => JSON.stringify(performance.getEntries().map((e) => e.name)) + JSON.stringify({ ...localStorage }) + document.documentElement.outerHTML);
    expect(history).not.toContain(code);
    for (let steps = 0; steps < 4; steps++) {
      await page.goBack();
      expect(page.url()).not.toContain(code);
    }

    const other = await secondBrowser();
    await other.goto("/console/sign-in");
    await expect(other.getByText("Nobody can sign in here yet")).toBeVisible();
    await expectAccessible(other);
    await other.getByRole("button", { name: "I have a set-up link" }).click();
    await other.getByLabel("Set-up code").fill(server.url + link);
    await other.getByLabel("Name").fill("Eve");
    await other.getByLabel("E-mail address").fill("eve@acme.example");
    await other.getByRole("button", { name: "Become the platform admin" }).click();
    await expect(other.getByRole("alert")).toBeVisible();
    await expectAccessible(other);
    expect((await other.request.get("/v1/session")).status(), "whoever opens the link a second time is let in by nobody").toBe(401);
  });
});

test.describe("an OpenID provider", () => {
  const binary = process.env.STEELGATE_TEST_DEX;
  test.skip(!binary, "needs Dex: run it by scripts/test-servers");

  test("people sign in with their account there", async ({ browser }) => {
    const port = await freePort();
    const redirect = `http://127.0.0.1:${port}/v1/sign-in/callback`;
    const dex = await Dex.start(binary!, { id: "steelgate", secret: "the-secret-of-the-client-0123456789", redirect }, ["ada@acme.example:ada's password:u-1", "nobody@acme.example:nobody's password:u-2"]);
    let server: Server | undefined;
    try {
      server = await Server.start(["--listen", `127.0.0.1:${port}`, "--oidc-issuer", dex.issuer, "--oidc-client-id", "steelgate", "--oidc-client-secret", "the-secret-of-the-client-0123456789"]);
      await server.do("PUT", "/v1/users/ada", { name: "Ada", email: "ada@acme.example" });
      const watch = new Watch(server.url);
      watch.alsoAt(dex.issuer);
      const signInAs = async (email: string, password: string) => {
        const context = await browser.newContext({ baseURL: server!.url });
        watch.context(context);
        const page = await context.newPage();
        await page.goto("/console/account");
        await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
        await expectAccessible(page);
        await page.getByRole("button", { name: "Sign in with your account" }).click();
        await page.locator("input[name=login]").fill(email);
        await page.locator("input[name=password]").fill(password);
        await page.locator("button[type=submit]").click();
        return page;
      };
      const ada = await signInAs("ada@acme.example", "ada's password");
      await expect(ada.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();
      expect(ada.url(), "where she was on her way to").toBe(server.url + "/console/account");
      await expect(ada.getByText("OpenID provider")).toBeVisible();

      const nobody = await signInAs("nobody@acme.example", "nobody's password");
      await expect(nobody.getByRole("alert")).toContainText("No user here has an e-mail address");
      await expectAccessible(nobody);
      await nobody.getByRole("link", { name: "Back to signing in" }).click();
      await expect(nobody.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
      expect(watch.faults()).toEqual([]);
    } finally {
      await server?.stop();
      await dex.stop();
    }
  });
});
