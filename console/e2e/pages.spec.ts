import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectContrast, expectNoSidewaysScroll, narrow, test, wide } from "./fixtures";
import { settled, traffic } from "./page";
import { pages } from "./routes";

test.beforeEach(async ({ server }) => traffic(server, 1));

/** What the first page may take of compressed script, in bytes, and those that most people come to first. */
const most = 350_000;
const firstPages = ["sign-in", "overview", "workspace-keys"];

// Whoever opens a page opens the next with what the browser has of the first: a test visits all that are for one user.
for (const user of new Set(pages.map((p) => p.user))) {
  const theirs = pages.filter((p) => p.user === user);
  test(`${theirs.map((p) => p.name).join(", ")}: accessible, light, dark and on a phone`, async ({ page, signIn }) => {
    test.setTimeout(60_000 * theirs.length);
    if (user) await signIn(user);
    for (const { name, path } of theirs) {
      await test.step(name, async () => {
        await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
        // What differs behind the # alone would be no new page.
        await page.goto("about:blank");
        await page.goto("/console" + path);
        await settled(page);
        if (firstPages.includes(name)) await expectLittleScript(page, name);
        await expectAccessible(page);
        await page.setViewportSize(narrow);
        await expectNoSidewaysScroll(page);
        await expectAccessible(page);
        await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
        await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
        await expectContrast(page);
        await page.setViewportSize(wide);
        await expectContrast(page);
      });
    }
  });
}

/** What a page loads has its size told whether it came over the net or was there already. */
async function expectLittleScript(page: Page, name: string): Promise<void> {
  const [size, files] = await page.evaluate(() => {
    const scripts = (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).filter((e) => new URL(e.name).pathname.endsWith(".js"));
    return [scripts.reduce((sum, e) => sum + e.encodedBodySize, 0), scripts.length] as const;
  });
  console.log(`${name} as the first page: ${(size / 1000).toFixed(1)} kB of compressed script in ${files} files`);
  expect(size).toBeGreaterThan(50_000);
  expect(size).toBeLessThan(most);
}
