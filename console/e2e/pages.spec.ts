import { expectAccessible, expectNoSidewaysScroll, narrow, test } from "./fixtures";
import { settled, traffic } from "./page";
import { pages } from "./routes";

test.beforeEach(async ({ server }) => traffic(server, 1));

for (const { name, path, user } of pages) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`${name} is accessible, ${colorScheme}`, async ({ page, signIn }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (user) await signIn(user);
      await page.goto("/console" + path);
      await settled(page);
      await expectAccessible(page);
    });
  }

  test(`${name} fits a phone`, async ({ page, signIn }) => {
    await page.setViewportSize(narrow);
    if (user) await signIn(user);
    await page.goto("/console" + path);
    await settled(page);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
}
