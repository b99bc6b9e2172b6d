import { ActionIcon, Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Fact } from "../api/explain";
import { factFrom, type FactField, factKinds, factWords } from "./facts";
import classes from "./FactsEditor.module.css";

interface Props {
  facts: readonly Fact[];
  onChange: (facts: Fact[]) => void;
  /** What the fields begin with, by their names: the ids that the question has. */
  known: Readonly<Record<string, string>>;
}

/** What is put over the world for one question alone. */
export function FactsEditor({ facts, onChange, known }: Props) {
  const [adding, setAdding] = useState(false);
  return (
    <Stack gap="xs">
      {facts.length > 0 ? (
        <ul className={classes.facts} aria-label="Assumed">
          {facts.map((fact, i) => (
            <li key={JSON.stringify(fact) + i}>
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>{factWords(fact)}</Text>
              <ActionIcon variant="subtle" color="gray" size={28} aria-label={`Assume no longer: ${factWords(fact)}`} onClick={() => onChange(facts.filter((_, at) => at !== i))}><IconTrash size={15} aria-hidden /></ActionIcon>
            </li>
          ))}
        </ul>
      ) : null}
      {adding ? <FactForm known={known} onAdd={(fact) => { onChange([...facts, fact]); setAdding(false); }} onCancel={() => setAdding(false)} /> : (
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setAdding(true)} style={{ alignSelf: "flex-start" }}>Assume a fact</Button>
      )}
    </Stack>
  );
}

function FactForm({ known, onAdd, onCancel }: { known: Props["known"]; onAdd: (fact: Fact) => void; onCancel: () => void }) {
  const [id, setId] = useState(factKinds[0]!.id);
  const [given, setGiven] = useState<Record<string, string>>({});
  const [wrong, setWrong] = useState<string | null>(null);
  const kind = factKinds.find((k) => k.id === id) ?? factKinds[0]!;
  const values = Object.fromEntries(kind.fields.map((f) => [f.name, given[f.name] ?? known[f.name] ?? ""]));
  const set = (name: string, value: string) => setGiven({ ...given, [name]: value });
  const add = () => {
    const made = factFrom(kind, Object.fromEntries(Object.entries(values).filter(([name, v]) => v !== "" || given[name] !== undefined)));
    if ("fact" in made) onAdd(made.fact);
    else setWrong(made.wrong);
  };
  return (
    <div className={classes.form} role="group" aria-label="A fact to assume">
      <Stack gap="xs">
        <Select label="What" size="xs" allowDeselect={false} value={id} data={factKinds.map((k) => ({ value: k.id, label: k.label }))} onChange={(v) => { if (v) { setId(v); setWrong(null); } }} data-autofocus />
        <Group gap="xs" align="flex-start" grow preventGrowOverflow={false}>
          {kind.fields.map((f) => <Field key={f.name} field={f} value={values[f.name] ?? ""} onChange={(v) => set(f.name, v)} onEnter={add} />)}
        </Group>
        {wrong ? <Text size="sm" c="var(--mantine-color-error)" role="alert">{wrong}</Text> : null}
        <Group gap="xs" justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={onCancel}>Cancel</Button>
          <Button size="compact-sm" onClick={add}>Assume</Button>
        </Group>
      </Stack>
    </div>
  );
}

function Field({ field, value, onChange, onEnter }: { field: FactField; value: string; onChange: (value: string) => void; onEnter: () => void }) {
  if (field.choices) return <Select size="xs" label={field.label} allowDeselect={false} value={value || field.choices[0]!.value} data={[...field.choices]} onChange={(v) => onChange(v ?? "")} />;
  if (field.kind === "json") return <Textarea size="xs" label={field.label} placeholder={field.placeholder ?? ""} autosize minRows={3} value={value} onChange={(e) => onChange(e.currentTarget.value)} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />;
  // Enter belongs to this form, and not to the question's.
  const enter = (e: React.KeyboardEvent) => { if (e.key === "Enter") { e.preventDefault(); onEnter(); } };
  return <TextInput size="xs" type={field.kind === "time" ? "datetime-local" : "text"} label={field.label} placeholder={field.placeholder ?? ""} value={value} onChange={(e) => onChange(e.currentTarget.value)} onKeyDown={enter} spellCheck={false} autoComplete="off" />;
}
