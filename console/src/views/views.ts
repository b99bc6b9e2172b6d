/**
 * A view is whose entries of a log are read: everybody's, for who may read all; what was asked about the things of a workspace or
 * an organization; or what belongs to an owner, such as what was asked with their keys.
 */
export type View =
  | { kind: "all" }
  | { kind: "place"; type: "workspace" | "organization"; id: string }
  | { kind: "owner"; type: "user" | "workspace" | "organization"; id: string };

export interface ViewSearch {
  workspace_id?: string | undefined;
  organization_id?: string | undefined;
  owner_type?: string | undefined;
  owner_id?: string | undefined;
}

/** The view that an address names, or null where it names none. */
export function viewIn(search: ViewSearch): View | null {
  if (search.workspace_id) return { kind: "place", type: "workspace", id: search.workspace_id };
  if (search.organization_id) return { kind: "place", type: "organization", id: search.organization_id };
  const { owner_type: type, owner_id: id } = search;
  if (id && (type === "user" || type === "workspace" || type === "organization")) return { kind: "owner", type, id };
  return null;
}

/** What an address says of a view: all four names, so that those of another go. */
export function searchOf(view: View): ViewSearch {
  const none: ViewSearch = { workspace_id: undefined, organization_id: undefined, owner_type: undefined, owner_id: undefined };
  if (view.kind === "owner") return { ...none, owner_type: view.type, owner_id: view.id };
  if (view.kind === "place") return { ...none, [view.type + "_id"]: view.id };
  return none;
}

/** A view as the value of a choice, and back. */
export const textOf = (view: View): string => (view.kind === "all" ? "all" : `${view.kind} ${view.type} ${view.id}`);

export function viewOf(text: string): View {
  const [kind, type, id] = text.split(" ");
  return kind === "place" || kind === "owner" ? ({ kind, type, id } as View) : { kind: "all" };
}
