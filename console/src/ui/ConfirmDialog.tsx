import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ProblemAlert } from "./ProblemAlert";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, in words, and what will stop. */
  children: ReactNode;
  /** The button's words: what is done, such as "Revoke the key". */
  confirm: string;
  /** The answer is awaited: it closes where it goes well, and shows the problem where it does not. */
  onConfirm: () => Promise<unknown>;
  danger?: boolean;
  /** A text that has to be typed before the button works, for what reaches far. */
  typed?: string;
  /** Whether what is asked about is known yet. Until it is, the button does not work. */
  ready?: boolean;
}

/** A page shows spaces that follow each other as one, so that nobody can be asked to type two. */
const squeezed = (text: string) => text.trim().replace(/\s+/g, " ");

/** Asks before what can't be undone. */
export function ConfirmDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} closeOnClickOutside={false}>
      {props.opened ? <Question {...props} /> : null}
    </Modal>
  );
}

function Question({ onClose, children, confirm, onConfirm, danger = false, typed, ready = true }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [text, setText] = useState("");
  const may = ready && (typed === undefined || squeezed(text) === squeezed(typed));
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); if (!busy && may) void run(); }}>
      <Stack gap="md">
        <div>{children}</div>
        {typed === undefined ? null : (
          <TextInput label={<>Type <code>{typed}</code> to go on</>} value={text} onChange={(e) => setText(e.currentTarget.value)} autoComplete="off" spellCheck={false} data-autofocus />
        )}
        <ProblemAlert error={error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={typed === undefined ? true : undefined}>Cancel</Button>
          <Button type="submit" {...(danger ? { color: "red.9" } : {})} loading={busy} disabled={!may}>{confirm}</Button>
        </Group>
      </Stack>
    </form>
  );
}
