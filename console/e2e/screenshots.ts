import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { narrow, test } from "./fixtures";
import { settled, traffic } from "./page";
import { pages } from "./routes";

/** `npm run screenshots` takes a picture of every page, light, dark and narrow, into console/screenshots. */
const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));

const looks = [
  { look: "light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { look: "dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { look: "narrow", viewport: narrow, colorScheme: "light" },
] as const;

for (const { look, viewport, colorScheme } of looks) {
  test.describe(look, () => {
    test.use({ viewport, colorScheme });
    for (const { name, path, user } of pages) {
      test(name, async ({ page, server, signIn }) => {
        const file = `${folder}${name}-${look}.png`;
        await rm(file, { force: true });
        await traffic(server);
        if (user) await signIn(user);
        await page.goto("/console" + path);
        await settled(page);
        await page.screenshot({ path: file, fullPage: true, animations: "disabled" });
      });
    }
  });
}
