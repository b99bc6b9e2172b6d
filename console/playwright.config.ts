import { defineConfig } from "@playwright/test";

/** The browser's tests: journeys through the console of the real program. How one is written stands in e2e/fixtures.ts. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/setup.ts",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 90_000,
  // A busy machine is slow, and no test passes by waiting for less.
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    actionTimeout: 20_000,
    // A trace takes a third of the time: who looks for what failed has one made by --trace on.
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.STEELGATE_TEST_CHROMIUM || "/usr/bin/chromium",
      // As root there is no sandbox to be had. Nobody looks, so that nothing needs a graphics card. The rest keeps the browser from calls
      // of its own.
      args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--disable-software-rasterizer", "--disable-gpu-rasterization", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
    },
  },
  projects: [
    { name: "journeys", testMatch: "**/*.spec.ts" },
    { name: "screenshots", testMatch: "screenshots.ts" },
    { name: "pictures", testMatch: "pictures.ts" },
  ],
});
