import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Files } from "../api/policies";
import { pathFault } from "./draft";

interface Props {
  /** What is named: a new file, or one that has a name. null is closed. */
  of: { kind: "new" } | { kind: "rename"; path: string } | null;
  files: Files;
  onClose: () => void;
  onDone: (path: string) => void;
}

/** Asks for a file's name. */
export function FileDialog({ of, files, onClose, onDone }: Props) {
  return (
    <Modal opened={of !== null} onClose={onClose} title={of?.kind === "rename" ? "Rename the file" : "New file"}>
      {of === null ? null : <Form of={of} files={files} onClose={onClose} onDone={onDone} />}
    </Modal>
  );
}

function Form({ of, files, onClose, onDone }: Props & { of: NonNullable<Props["of"]> }) {
  const [path, setPath] = useState(of.kind === "rename" ? of.path : "site/");
  const [tried, setTried] = useState(false);
  const same = of.kind === "rename" && path === of.path;
  const fault = same ? null : pathFault(path.trim(), files);
  return (
    <form onSubmit={(e) => {
      e.preventDefault();
      setTried(true);
      if (fault !== null) return;
      if (!same) onDone(path.trim());
      onClose();
    }}>
      <Stack>
        <TextInput
          label="Path" description="Folder and name. Tests stand beside what they test, in a file that ends in _test.rego." value={path} data-autofocus autoComplete="off" spellCheck={false}
          onChange={(e) => setPath(e.currentTarget.value)} error={tried ? fault : null} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        />
        {of.kind === "rename" ? <Text size="sm" c="dimmed">The package in the file stays as it is: what it is, the folder does not say.</Text> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit">{of.kind === "rename" ? "Rename" : "Make the file"}</Button>
        </Group>
      </Stack>
    </form>
  );
}
