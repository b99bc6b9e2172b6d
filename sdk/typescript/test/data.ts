import { readFileSync } from "node:fs";

/** Test data that all SDKs share. */
export function shared(name: string): any {
  return JSON.parse(readFileSync(new URL("../../../testdata/" + name, import.meta.url), "utf8"));
}
