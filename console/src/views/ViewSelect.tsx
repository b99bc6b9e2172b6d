import { Select } from "@mantine/core";
import type { Views } from "./useViews";
import { textOf, type View, viewOf } from "./views";

interface Props {
  views: Views;
  value: View;
  onChange: (view: View) => void;
  label: string;
  /** How the groups are called: of everything, of one's own, of places, and, where they differ, of what belongs to an owner. */
  words: { all: string; mine: string; place?: string; owner?: string; ownerOf?: (name: string) => string };
  width?: number | string;
}

/** Chooses whose entries are read, among those that one may read. */
export function ViewSelect({ views, value, onChange, label, words, width = 260 }: Props) {
  const first = [...(views.all ? [{ value: "all", label: words.all }] : []), { value: textOf({ kind: "owner", type: "user", id: views.self }), label: words.mine }];
  const group = (name: string | undefined, kind: "place" | "owner") => {
    if (!name) return [];
    const called = kind === "owner" ? (words.ownerOf ?? same) : same;
    const items = [
      ...views.workspaces.map((w) => ({ value: textOf({ kind, type: "workspace", id: w.id }), label: called(w.name || w.id) })),
      ...views.organizations.map((o) => ({ value: textOf({ kind, type: "organization", id: o.id }), label: called((o.name || o.id) + " (organization)") })),
    ];
    return items.length > 0 ? [{ group: name, items }] : [];
  };
  const groups = [{ group: "General", items: first }, ...group(words.place, "place"), ...group(words.owner, "owner")];
  const chosen = textOf(value);
  // One that was reached by its address stands too, though it is none of the list's.
  if (!groups.some((g) => g.items.some((i) => i.value === chosen))) groups.push({ group: "In the address", items: [{ value: chosen, label: value.kind === "all" ? words.all : value.kind === "owner" ? `Owner ${value.id}` : value.id }] });
  return (
    <Select
      label={label}
      data={groups}
      value={chosen}
      onChange={(text) => text && onChange(viewOf(text))}
      searchable={groups.reduce((n, g) => n + g.items.length, 0) > 8}
      allowDeselect={false}
      maxDropdownHeight={360}
      nothingFoundMessage="Nothing is called so"
      w={width}
    />
  );
}

const same = (name: string) => name;
