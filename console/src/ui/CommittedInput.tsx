import { Autocomplete, TextInput } from "@mantine/core";
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
}

/** A text that counts once it is whole: at Enter, when one goes on, or when a choice is taken. A secret does not: it would stand in the address. */
export function CommittedInput({ label, value, onCommit, placeholder = "", width = 190, disabled = false, choices }: Props) {
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
  if (choices) return <Autocomplete {...shared} data={[...choices]} onChange={type} onOptionSubmit={commit} />;
  return <TextInput {...shared} onChange={(e) => type(e.currentTarget.value)} />;
}
