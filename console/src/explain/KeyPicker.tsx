import { Autocomplete, Text } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { ownerKeysQuery, usedKeysQuery } from "../api/explain";
import type { Key } from "../api/keys";
import { useMay, useSession } from "../api/session";
import { useViews } from "../views/useViews";

/** Keys to choose from. Those of the log have their id alone. */
export interface KeyChoices {
  group: string;
  keys: { id: string; record?: Key }[];
}

/** The keys that one may have explained and may list, a group for each owner, and those of the log for who reads all of it; others stand behind their id. */
export function useKeyChoices(): KeyChoices[] {
  const { user } = useSession();
  const mayAll = useMay("decision_log.read");
  // Who reads all decisions lists no keys of others by that, but those of places of theirs.
  const views = useViews(mayAll ? "keys.list" : "decision_log.read");
  const owners = [
    ...(user.may.includes("keys.list") ? [{ owner_type: "user" as const, owner_id: user.id, name: "My personal keys" }] : []),
    ...[...views.workspaces.map((w) => ({ owner_type: "workspace" as const, owner_id: w.id, name: w.name || w.id })), ...views.organizations.map((o) => ({ owner_type: "organization" as const, owner_id: o.id, name: o.name || o.id }))].slice(0, 8),
  ];
  const found = useQueries({ queries: owners.map(({ owner_type, owner_id }) => ({ ...ownerKeysQuery({ owner_type, owner_id, limit: 200 }), retry: false })) });
  const used = useQuery({ ...usedKeysQuery, enabled: mayAll }).data ?? [];
  return [
    ...owners.map((o, i) => ({ group: o.name, keys: (found[i]?.data?.data ?? []).map((record) => ({ id: record.id, record })) })),
    { group: "Used in the last 7 days", keys: used.map((id) => ({ id })) },
  ].filter((g) => g.keys.length > 0);
}

interface Props {
  value: string;
  onChange: (id: string) => void;
  choices: KeyChoices[];
  error?: string | undefined;
}

export function KeyPicker({ value, onChange, choices, error }: Props) {
  const mayAll = useMay("decision_log.read");
  const byId = new Map(choices.flatMap((g) => g.keys).reverse().map((k) => [k.id, k.record]));
  const seen = new Set<string>();
  return (
    <Autocomplete
      label="Key"
      placeholder="Choose one, or type an id: key_…"
      value={value}
      onChange={onChange}
      error={error}
      description={byId.get(value)?.name ?? (mayAll && value === "" ? "You may ask about any key. The list has those that you may see, and the ids of those that were used lately: paste another's id, as the logs have it, key_…" : undefined)}
      inputWrapperOrder={["label", "input", "description", "error"]}
      data={choices.map((g) => ({ group: g.group, items: g.keys.map((k) => k.id).filter((id) => !seen.has(id) && seen.add(id)) })).filter((g) => g.items.length > 0)}
      filter={({ options, search }) => {
        const q = search.trim().toLowerCase();
        // What is chosen already narrows nothing: all others are shown beside it.
        if (q === "" || byId.has(search)) return options;
        const fits = (id: string) => (id + " " + (byId.get(id)?.name ?? "")).toLowerCase().includes(q);
        return options.map((o) => ("group" in o ? { ...o, items: o.items.filter((i) => fits(i.value)) } : o)).filter((o) => ("group" in o ? o.items.length > 0 : fits(o.value)));
      }}
      renderOption={({ option }) => {
        const key = byId.get(option.value);
        return <div style={{ minWidth: 0 }}><Text size="sm" truncate>{key?.name ?? option.value}{key && state(key) ? <Text span size="xs" c="dimmed"> {state(key)}</Text> : null}</Text><Text size="xs" c="dimmed" truncate>{option.value}{key?.hint ? ` · ${key.hint}` : ""}</Text></div>;
      }}
      maxDropdownHeight={320}
      spellCheck={false}
    />
  );
}

function state(key: Key): string {
  if (key.revoked_at) return "revoked";
  if (key.disabled) return "disabled";
  return key.expires_at && Date.parse(key.expires_at) <= Date.now() ? "expired" : "";
}
