import { Autocomplete, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { holdsSecret, noSecretHere } from "../secrets";

interface Props {
  label: string;
  value: string | undefined;
  onCommit: (value: string | undefined) => void;
  placeholder?: string;
  width?: number;
  disabled?: boolean;
  /** What is offered, beside what may be typed. */
  choices?: readonly string[];
  /** What stands beside a choice, in words. */
  choiceLabel?: (choice: string) => string;
}

/** A text that counts once it is whole: at Enter, when one goes on, or when a choice is taken. A secret does not: it would stand in the address. */
export function CommittedInput({ label, value, onCommit, placeholder = "", width = 190, disabled = false, choices, choiceLabel }: Props) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const [error, setError] = useState<string>();
  const type = (to: string) => {
    const secret = holdsSecret(to);
    if (secret || to !== "") setError(secret ? noSecretHere : undefined);
    setText(secret ? "" : to);
  };
  const commit = (to: string) => { if (to.trim() !== (value ?? "")) onCommit(to.trim() || undefined); };
  const shared = { label, w: width, placeholder, value: text, disabled, error, onBlur: () => commit(text), onKeyDown: (e: React.KeyboardEvent) => { if (e.key === "Enter") commit(text); }, spellCheck: false, autoComplete: "off" };
  if (choices) {
    return (
      <Autocomplete
        {...shared} data={[...choices]} onChange={type} onOptionSubmit={commit}
        {...(choiceLabel ? {
          renderOption: ({ option }) => <div><Text size="sm">{choiceLabel(option.value)}</Text><Text size="xs" c="dimmed">{option.value}</Text></div>,
          filter: ({ options, search }) => options.filter((o) => "value" in o && matches(o.value + " " + choiceLabel(o.value), search)),
        } : {})}
      />
    );
  }
  return <TextInput {...shared} onChange={(e) => type(e.currentTarget.value)} />;
}

const matches = (text: string, search: string): boolean => text.toLowerCase().includes(search.trim().toLowerCase());
