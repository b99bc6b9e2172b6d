import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type Key, rotateKey } from "../api/keys";
import { ProblemAlert } from "../ui/ProblemAlert";
import { TimeAgo } from "../ui/TimeAgo";
import { type Issue, IssueModal } from "./IssueModal";
import type { OrganizationNames } from "./names";
import { useOnce } from "./once";
import { useLastUse } from "./useLastUse";

const overlaps = [
  { seconds: 0, label: "None", about: "The old secret stops at once. Right where it has leaked." },
  { seconds: 3600, label: "1 hour", about: "Both work for an hour." },
  { seconds: 86_400, label: "1 day", about: "Both work for a day." },
  { seconds: 604_800, label: "7 days", about: "Both work for a week: the longest there is." },
];

interface Props {
  keyRecord: Key;
  names: OrganizationNames;
  opened: boolean;
  onClose: () => void;
  onRotated?: (successor: string) => void;
}

/** Gives a key a successor with a new secret, and the old one time to go. */
export function RotateKey(props: Props) {
  const [successor, setSuccessor] = useState<string | null>(null);
  const close = () => {
    props.onClose();
    if (successor) props.onRotated?.(successor);
  };
  return (
    <IssueModal opened={props.opened} onClose={close} title={`Rotate ${props.keyRecord.name}`} issuedTitle="The new secret" names={props.names}>
      {(issue, busy) => (
        <Form
          {...props} onClose={close} busy={busy}
          issue={(make) => issue(async () => {
            const issued = await make();
            setSuccessor(issued.id);
            return issued;
          })}
        />
      )}
    </IssueModal>
  );
}

function Form({ keyRecord, onClose, issue, busy }: Props & { issue: Issue; busy: boolean }) {
  const [overlap, setOverlap] = useState("86400");
  const [error, setError] = useState<unknown>(null);
  const once = useOnce();
  const { loading, at, never } = useLastUse(keyRecord);
  const rotate = async () => {
    setError(null);
    try {
      const body = { id: keyRecord.id, overlap: Number(overlap) };
      await issue(() => rotateKey(body.id, body.overlap, once(body)));
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); if (!busy) void rotate(); }}>
      <Stack gap="md">
        <Text size="sm">A successor is made, with a new secret and otherwise the same: name, access, expiry and addresses. {at ? <>The old one was last used <TimeAgo at={at} />.</> : never ? "The old one was never used." : loading ? null : "No use of the old one is on record."}</Text>
        <Radio.Group label="How long the old secret still works" value={overlap} onChange={setOverlap}>
          <Stack gap="xs" mt={6}>{overlaps.map((o, i) => <Radio key={o.seconds} value={String(o.seconds)} label={o.label} description={o.about} {...(i === 2 ? { "data-autofocus": true } : {})} />)}</Stack>
        </Radio.Group>
        {keyRecord.disabled ? <Text size="sm" c="dimmed">The key is disabled, and its successor will be too: enable it when it is to work.</Text> : null}
        <ProblemAlert error={error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} disabled={busy}>Cancel</Button>
          <Button type="submit" loading={busy}>Rotate the key</Button>
        </Group>
      </Stack>
    </form>
  );
}
