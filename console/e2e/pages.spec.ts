import { expect, expectAccessible, expectContrast, expectNoSidewaysScroll, narrow, test, wide } from "./fixtures";
import { settled, traffic } from "./page";
import { pages } from "./routes";

test.beforeEach(async ({ server }) => traffic(server, 1));

for (const { name, path, user } of pages) {
  test(`${name} is accessible, light, dark and on a phone`, async ({ page, signIn }) => {
    test.slow();
    if (user) await signIn(user);
    await page.goto("/console" + path);
    await settled(page);
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

/** What the first page may take of compressed script, in bytes. */
const most = 350_000;

for (const { name, path, user } of pages.filter((p) => ["sign-in", "overview", "workspace-keys"].includes(p.name))) {
  test(`${name} as the first page takes less than ${most / 1000} kB of script`, async ({ page, signIn }) => {
    if (user) await signIn(user);
    await page.goto("/console" + path);
    await settled(page);
    const [size, files] = await page.evaluate(() => {
      const scripts = (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).filter((e) => new URL(e.name).pathname.endsWith(".js"));
      return [scripts.reduce((sum, e) => sum + e.encodedBodySize, 0), scripts.length] as const;
    });
    console.log(`${name} as the first page: ${(size / 1000).toFixed(1)} kB of compressed script in ${files} files`);
    expect(size).toBeGreaterThan(50_000);
    expect(size).toBeLessThan(most);
  });
}
