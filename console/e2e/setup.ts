import { accessSync, constants } from "node:fs";
import { program } from "./server";

/** The tests are of the program as it was built: its absence is told once, not by every test. */
export default function setup(): void {
  const browser = process.env.STEELGATE_TEST_CHROMIUM || "/usr/bin/chromium";
  try {
    accessSync(browser, constants.X_OK);
  } catch {
    throw new Error(`There is no ${browser}: install Chromium (on Debian: apt-get install chromium), or name one by STEELGATE_TEST_CHROMIUM.`);
  }
  try {
    accessSync(program, constants.X_OK);
  } catch {
    throw new Error("There is no bin/steelgate: make build builds it, with the console in it.");
  }
}
