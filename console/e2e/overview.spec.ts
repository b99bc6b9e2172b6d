import { expect, expectAccessible, expectNoSidewaysScroll, narrow, test } from "./fixtures";
import { traffic } from "./page";

test("a platform admin sees outcomes, denials that lead to the log, and the replicas", async ({ page, signIn, server }) => {
  await traffic(server, 2);
  await signIn("user_pat");
  await page.goto("/console/");
  await expect(page.getByText("Decisions a second")).toBeVisible();
  await expect(page.locator(".u-over")).toBeVisible();
  const replicas = page.getByRole("table", { name: /^Servers/ });
  await expect(replicas.getByText("answers this page")).toBeVisible();
  await expect(replicas.getByText("Ready", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Outside scope" }).click();
  await expect(page).toHaveURL(/decisions\?code=outside_scope/);
});

test("a member sees their workspaces, and keys that will expire", async ({ page, signIn, server }) => {
  const expires_at = new Date(Date.now() + 5 * 86_400_000).toISOString();
  await server.do("POST", "/v1/keys", { type: "personal", name: "Expires within days", expires_at }, "user_dan");
  await signIn("user_dan");
  await page.goto("/console/");
  await expect(page.getByRole("region", { name: "Keys that expire soon" }).getByRole("link", { name: "Expires within days" })).toBeVisible();
  const places = page.getByRole("table", { name: "Workspaces and organizations" });
  await expect(places.getByRole("link", { name: "Data" })).toHaveAttribute("href", "/console/workspaces/ws_data/keys");
  await expect(page.getByRole("heading", { name: "Replicas" })).toHaveCount(0);
  await expectAccessible(page);
});

test.describe("of many keys", () => {
  test.use({ world: "own" });

  test("the soonest to expire comes first, though it was made first", async ({ page, signIn, server }) => {
    const days = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();
    const make = (name: string, expires_at: string) => server.do("POST", "/v1/keys", { type: "workspace", name, workspace_id: "ws_data", expires_at }, "user_dan");
    await make("The soonest", days(2.5));
    for (let i = 0; i < 22; i++) await make(`Later ${i}`, days(9.5));
    await signIn("user_dan");
    await page.goto("/console/workspaces/ws_data/keys");
    await page.getByRole("link", { name: "Overview", exact: true }).click();
    const soon = page.getByRole("region", { name: "Keys that expire soon" });
    await expect(soon.getByRole("listitem").first()).toContainText("The soonest");
    await expect(soon.getByRole("listitem").first()).toContainText("expires in 2 days");
    await expect(soon.getByText("And 15 more")).toBeVisible();
  });

  test("a workspace that is gone is not where one is", async ({ page, signIn, server }) => {
    await server.do("PUT", "/v1/workspaces/ws_brief", { name: "Brief", owner_id: "user_dan" });
    await signIn("user_dan");
    await page.goto("/console/workspaces/ws_brief/keys");
    const switcher = page.getByRole("button", { name: /^Workspace or organization/ });
    await expect(switcher).toContainText("Brief");
    await server.do("DELETE", "/v1/workspaces/ws_brief");
    await page.goto("/console/keys");
    await expect(switcher).toContainText("Core");
  });
});

test.describe("an empty installation", () => {
  test.use({ world: "empty" });

  test("says what to do first", async ({ page, server }) => {
    const code = server.setupLink().split("#setup=")[1]!;
    const answer = await page.request.post("/v1/sign-in/setup", { data: { code: decodeURIComponent(code), name: "Root", email: "root@example.com" } });
    expect(answer.status(), await answer.text()).toBeLessThan(300);
    await page.goto("/console/");
    await expect(page.getByRole("heading", { name: "First steps" })).toBeVisible();
    await expect(page.getByText("steelgate token create --name directory --scope directory")).toBeVisible();
    await expect(page.getByText("steelgate token create --name product --scope decide")).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize(narrow);
    await expectNoSidewaysScroll(page);
  });
});
