import { expect, it } from "vitest";
import { mayAt, mayWith } from "./may";

const owners = { user: { may: ["keys.list", "keys.read"] }, workspace: { may: ["keys.rotate"] }, organization: { may: ["keys.revoke"] } };

it("asks whom a key belongs to, oneself too", () => {
  expect(mayWith({ type: "personal" }, owners)("keys.read")).toBe(true);
  expect(mayWith({ type: "personal" }, owners)("keys.rotate")).toBe(false);
  expect(mayWith({ type: "workspace" }, owners)("keys.rotate")).toBe(true);
  expect(mayWith({ type: "organization" }, owners)("keys.rotate")).toBe(false);
  expect(mayWith({ type: "organization" }, owners)("keys.revoke")).toBe(true);
});

it("offers nothing until the owner is known", () => {
  expect(mayAt(undefined)("keys.create")).toBe(false);
});
