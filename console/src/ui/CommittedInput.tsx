import { Autocomplete, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";

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

/** A text that counts once it is whole: at Enter, when one goes on, or when a choice is taken. */
export function CommittedInput({ label, value, onCommit, placeholder = "", width = 190, disabled = false, choices }: Props) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const commit = (to: string) => { if (to.trim() !== (value ?? "")) onCommit(to.trim() || undefined); };
  const shared = { label, w: width, placeholder, value: text, disabled, onBlur: () => commit(text), onKeyDown: (e: React.KeyboardEvent) => { if (e.key === "Enter") commit(text); }, spellCheck: false, autoComplete: "off" };
  if (choices) return <Autocomplete {...shared} data={[...choices]} onChange={setText} onOptionSubmit={commit} />;
  return <TextInput {...shared} onChange={(e) => setText(e.currentTarget.value)} />;
}
