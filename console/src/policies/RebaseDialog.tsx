import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Files, PolicyRevision } from "../api/policies";
import { Panel } from "../ui/Panel";
import { TimeAgo } from "../ui/TimeAgo";
import { count } from "../ui/words";
import { Changes } from "./Changes";
import { moved, rebased } from "./draft";

interface Props {
  opened: boolean;
  onClose: () => void;
  base: number;
  baseFiles: Files;
  mine: Files;
  theirs: PolicyRevision;
  onRebase: (files: Files) => void;
}

/** Lays a draft on top of what was published since it was begun. */
export function RebaseDialog(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Lay the draft on revision ${props.theirs.revision}`} size="xl">
      {props.opened ? <Choices {...props} /> : null}
    </Modal>
  );
}

function Choices({ onClose, base, baseFiles, mine, theirs, onRebase }: Props) {
  const all = moved(baseFiles, mine, theirs.files);
  const conflicts = all.filter((m) => m.conflict);
  const taken = all.filter((m) => !m.conflict);
  const [keep, setKeep] = useState<ReadonlySet<string>>(() => new Set(conflicts.map((m) => m.path)));
  return (
    <Stack>
      <Text size="sm">Your draft was written on revision {base}. Revision {theirs.revision}, “{theirs.message}”, was published by {theirs.author} <TimeAgo at={theirs.published_at} />.</Text>
      {taken.length > 0 ? (
        <Panel title="Taken as published">
          <Changes changes={taken.map((m) => ({ path: m.path, before: baseFiles[m.path] ?? "", after: m.theirs ?? "", change: m.theirs === undefined ? "removed" : baseFiles[m.path] === undefined ? "added" : "changed" }))} />
        </Panel>
      ) : null}
      {conflicts.length > 0 ? (
        <Panel title={`${count(conflicts.length, "file")} changed on both sides`}>
          <Changes
            changes={conflicts.map((m) => ({ path: m.path, before: m.theirs ?? "", after: m.mine ?? "", change: m.mine === undefined ? "removed" : m.theirs === undefined ? "added" : "changed" }))}
            actions={({ path }) => (
              <SegmentedControl
                size="xs" aria-label={`${path}: which to keep`} value={keep.has(path) ? "mine" : "theirs"}
                onChange={(side) => setKeep((old) => { const next = new Set(old); if (side === "mine") next.add(path); else next.delete(path); return next; })}
                data={[{ value: "mine", label: "Keep mine" }, { value: "theirs", label: "Take theirs" }]}
              />
            )}
          />
        </Panel>
      ) : null}
      {conflicts.length > 0 ? <Text size="sm" c="dimmed">Shown is what mine changes in theirs. Mine as it stands undoes what was published in that file: put it in by hand where both are meant.</Text> : null}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>Not now</Button>
        <Button onClick={() => { onRebase(rebased(baseFiles, mine, theirs.files, keep)); onClose(); }}>Lay it on revision {theirs.revision}</Button>
      </Group>
    </Stack>
  );
}
