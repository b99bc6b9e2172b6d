/**
 * A journey is one test of what somebody does in the console, on the real program: no call is mocked. One is written so:
 *
 *   import { expect, expectAccessible, test } from "./fixtures";
 *
 *   test("a member makes a key of their own", async ({ page, signIn, server }) => {
 *     await signIn("user_ben");                       // a user of the demo; signIn(user, anotherPage) for a second browser
 *     await page.goto("/console/keys");
 *     await page.getByRole("button", { name: "Create a key" }).click();
 *     …
 *     await expectAccessible(page);                   // axe, WCAG 2.2 AA, of what stands there now: dialogs too
 *     expect((await server.decide(secret, "workflow.execute", { type: "workflow", id: "wf_invoice" })).allow).toBe(true);
 *   });
 *
 * - World. By default the tests of a worker share one server with the demo world (cmd/steelgate/demo_world.ndjson): use names of
 *   your own, and leave what others count on. `test.use({ world: "own" })` gives each test of a file its own demo world,
 *   `{ world: "empty" }` an empty installation without --dev, `{ serverArgs: [...] }` further flags (with "own" or "empty").
 * - server.call/do(method, path, body?, actor?) ask the API as the platform or for a user, to make what a journey begins with and
 *   to see what it left; server.decide asks as the product does; server.demoSecret("workspace") is a key that the server printed.
 * - Every test fails where a request leaves the origin, where the page breaks its content security policy or writes an error to the
 *   console, and where the API answers 400, 405 or 5xx. `watch.expects(/…/)` names what a journey means to bring about.
 * - secondBrowser() is another browser's page, watched as well. secretIsNowhere(page, secret) is for after a dialog closed.
 * - expectNoSidewaysScroll(page) is for narrow pages: `test.use({ viewport: narrow })`.
 * - Find things by role and name, as people do. No sleeps: expect(…) waits. Journeys are e2e/*.spec.ts:
 *     make journeys                              all of them, beside Dex; ARGS="keys -g 'a member'" picks
 *     cd console && npm run e2e -- keys          after make build; what needs Dex says that it skipped. --trace on tells what failed
 */
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, type BrowserContext, expect, type Page } from "@playwright/test";
import { Server } from "./server";
import { Watch } from "./watch";

export { expect };

export interface Options {
  world: "demo" | "own" | "empty";
  serverArgs: string[];
}

interface Fixtures {
  server: Server;
  /** Signs a page in as one of the demo's users, without the page of signing in. */
  signIn: (user: string, at?: Page) => Promise<void>;
  watch: Watch;
  secondBrowser: () => Promise<Page>;
}

export const test = base.extend<Fixtures & Options, { demo: Server }>({
  world: ["demo", { option: true }],
  serverArgs: [[], { option: true }],

  demo: [async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  }, { scope: "worker", timeout: 60_000 }],

  server: async ({ world, serverArgs, demo }, use) => {
    if (world === "demo") {
      if (serverArgs.length > 0) throw new Error('serverArgs need a server of the test\'s own: world "own" or "empty"');
      await use(demo);
      return;
    }
    const server = await Server.start([...(world === "own" ? ["--dev"] : []), ...serverArgs]);
    await use(server);
    await server.stop();
  },

  baseURL: async ({ server }, use) => use(server.url),

  watch: [async ({ server, context }, use) => {
    const watch = new Watch(server.url);
    watch.context(context);
    await use(watch);
    expect(watch.faults(), "what no page of the console may do").toEqual([]);
  }, { auto: true }],

  signIn: async ({ page }, use) => {
    await use(async (user, at = page) => {
      let answer = await at.request.post("/v1/sign-in/dev", { data: { user_id: user } });
      // One address may begin so many sign-ins a minute, and all tests of a worker come from one.
      while (answer.status() === 429) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers()["retry-after"])));
        answer = await at.request.post("/v1/sign-in/dev", { data: { user_id: user } });
      }
      expect(answer.status(), await answer.text()).toBeLessThan(300);
    });
  },

  secondBrowser: async ({ browser, server, watch }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL: server.url });
      opened.push(context);
      watch.context(context);
      return context.newPage();
    });
    for (const context of opened) await context.close();
  },
});

/** A phone's width, and a desk's. */
export const narrow = { width: 360, height: 740 };
export const wide = { width: 1280, height: 800 };

/** Fails with what axe finds against WCAG 2.2 AA in what the page shows now. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNothingFound(page, axeOf(page).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]));
}

/** The same of colours alone, which is all that the other colour scheme changes. */
export async function expectContrast(page: Page): Promise<void> {
  // Colours that turn do so over some frames: what stands still is what counts.
  await expect(() => expectNothingFound(page, axeOf(page).withRules(["color-contrast"]))).toPass({ timeout: 15_000 });
}

/** No page of the console has a frame: axe need not open another page to gather what it finds in each, nor tell of what is well. */
function axeOf(page: Page): AxeBuilder {
  expect(page.frames(), "axe looks into no frame").toHaveLength(1);
  return new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
}

async function expectNothingFound(page: Page, axe: AxeBuilder): Promise<void> {
  // A colour that is on its way to another is none that anybody reads; the way begins with the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)));
  const { violations } = await axe.analyze();
  const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}\n  at ${n.target.join(" ")}\n  ${n.failureSummary?.replaceAll("\n", "\n  ") ?? ""}`));
  expect(found, "what axe finds on " + page.url()).toEqual([]);
}

/** Fails where the page is wider than its window, so that one has to scroll sideways to read it. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  // A page that was just made narrower takes a moment to turn tables into cards.
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), "what stands out of the window on " + page.url()).toBeLessThanOrEqual(0);
}

/** Fails where a secret is left anywhere that the page or its next visitor could find it. */
export async function secretIsNowhere(page: Page, secret: string): Promise<void> {
  const left = await page.evaluate(async (secret) => {
    const places: Record<string, string> = {
      "the page": document.documentElement.outerHTML,
      "its fields": [...document.querySelectorAll("input, textarea")].map((e) => (e as HTMLInputElement).value).join("\n"),
      "its title and address": document.title + location.href,
      "the state of its history": JSON.stringify(history.state) ?? "",
      "local storage": JSON.stringify({ ...localStorage }),
      "session storage": JSON.stringify({ ...sessionStorage }),
      "cookies": document.cookie,
      "addresses that it asked for": performance.getEntries().map((e) => e.name).join("\n"),
      "databases": (await indexedDB.databases()).map((d) => d.name).join("\n"),
      "caches": "caches" in window ? (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((r) => r.url)))).flat().join("\n") : "",
    };
    return Object.entries(places).filter(([, text]) => text.includes(secret)).map(([place]) => place);
  }, secret);
  expect(left, "where the secret still stands").toEqual([]);
}
