import { NativeSelect, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { withoutSecret } from "../secrets";
import { statusChoices } from "./filters";
import classes from "./Keys.module.css";

export interface KeySearch {
  q?: string;
  status?: string;
}

/** The filters of a list of keys. They live in the address: `onChange` puts them there. */
export function KeyFilters({ search, onChange }: { search: KeySearch; onChange: (search: KeySearch) => void }) {
  const [q, setQ] = useState(search.q ?? "");
  const [cut, setCut] = useState(false);
  const said = useRef(search.q ?? "");
  // The address may change by itself: by the browser's way back, or by what takes the filters away.
  useEffect(() => {
    const there = search.q ?? "";
    if (there === said.current) return;
    said.current = there;
    setQ(there);
  }, [search.q]);
  const say = useDebouncedCallback((text: string) => {
    said.current = text.trim();
    onChange({ ...search, q: said.current });
  }, 250);
  // A secret belongs in no address. Its end is all that is searched for anyway.
  const type = (text: string) => {
    const searched = withoutSecret(text);
    setCut(searched !== text || (cut && searched !== ""));
    setQ(searched);
    say(searched);
  };
  return (
    <>
      <div className={classes.filters} role="search">
        <TextInput aria-label="Search keys" placeholder="Search by name, id or the end of the secret" value={q} leftSection={<IconSearch size={15} aria-hidden />} onChange={(e) => type(e.currentTarget.value)} spellCheck={false} autoComplete="off" />
        <NativeSelect aria-label="State" value={search.status ?? ""} data={statusChoices.map((c) => ({ ...c }))} onChange={(e) => onChange({ ...search, status: e.currentTarget.value })} />
      </div>
      <Text role="status" size="xs" c="dimmed" px="md" {...(cut ? { py: 6 } : {})}>{cut ? "That was a secret: only its last 4 characters are searched for." : ""}</Text>
    </>
  );
}
