import { expect, test } from "vitest";
import { returnPath } from "./returnTo";

test("a sign-in ends within the console", () => {
  expect(returnPath("/keys/key_1?tab=audit")).toBe("/keys/key_1?tab=audit");
  for (const elsewhere of [undefined, "", "https://evil.example", "//evil.example", "/\\evil.example", "/ /x", "javascript:alert(1)", "/sign-in?return_to=/sign-in", "keys"]) {
    expect(returnPath(elsewhere)).toBe("/");
  }
});
