import { expect, it } from "vitest";
import { searchOf, textOf, type View, viewIn, viewOf } from "./views";

const views: View[] = [{ kind: "all" }, { kind: "place", type: "workspace", id: "ws_1" }, { kind: "place", type: "organization", id: "org_1" }, { kind: "owner", type: "user", id: "user_a" }, { kind: "owner", type: "workspace", id: "ws_1" }];

it("survives the address and the choice", () => {
  for (const view of views) {
    expect(viewOf(textOf(view))).toEqual(view);
    expect(viewIn(searchOf(view))).toEqual(view.kind === "all" ? null : view);
  }
});

it("takes no half of an owner, and no owner of another kind", () => {
  expect(viewIn({ owner_type: "user" })).toBeNull();
  expect(viewIn({ owner_type: "platform", owner_id: "x" })).toBeNull();
});

it("clears what another view had in the address", () => {
  expect({ workspace_id: "ws_1", owner_type: "user", owner_id: "u", ...searchOf({ kind: "place", type: "organization", id: "org_1" }) }).toEqual({ workspace_id: undefined, organization_id: "org_1", owner_type: undefined, owner_id: undefined });
});
