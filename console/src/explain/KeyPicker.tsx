import { Autocomplete, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { ownerKeysQuery } from "../api/explain";
import type { Key } from "../api/keys";
import { useMay, useSession } from "../api/session";
import { useViews } from "../views/useViews";

/** The keys that one may have explained, a group for each owner; others stand behind their id. */
export function useKeyChoices(): { group: string; keys: Key[] }[] {
  const { user } = useSession();
  const views = useViews("decision_log.read");
  // Who reads all decisions lists no keys of others by that: they have their id from the log.
  const owners = [
    ...(user.may.includes("keys.list") ? [{ owner_type: "user" as const, owner_id: user.id, name: "My personal keys" }] : []),
    ...(views.all ? [] : [...views.workspaces.map((w) => ({ owner_type: "workspace" as const, owner_id: w.id, name: w.name || w.id })), ...views.organizations.map((o) => ({ owner_type: "organization" as const, owner_id: o.id, name: o.name || o.id }))].slice(0, 8)),
  ];
  const found = useQueries({ queries: owners.map(({ owner_type, owner_id }) => ({ ...ownerKeysQuery({ owner_type, owner_id, limit: 200 }), retry: false })) });
  return owners.map((o, i) => ({ group: o.name, keys: found[i]?.data?.data ?? [] })).filter((g) => g.keys.length > 0);
}

interface Props {
  value: string;
  onChange: (id: string) => void;
  choices: { group: string; keys: Key[] }[];
  error?: string | undefined;
}

export function KeyPicker({ value, onChange, choices, error }: Props) {
  const mayAll = useMay("decision_log.read");
  const byId = new Map(choices.flatMap((g) => g.keys).map((k) => [k.id, k]));
  const seen = new Set<string>();
  return (
    <Autocomplete
      label="Key"
      placeholder="Choose one, or type an id: key_…"
      value={value}
      onChange={onChange}
      error={error}
      description={byId.get(value)?.name ?? (mayAll && value === "" ? "You may ask about any key: type its id, which the log of decisions has. The list has your own alone." : undefined)}
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
