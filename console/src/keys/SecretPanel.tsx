import { Alert, Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconKey, IconLogout } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState } from "react";
import { type IssuedKey, type Key } from "../api/keys";
import { useSession } from "../api/session";
import { CopyButton } from "../ui/CopyButton";
import { FirstRequest } from "./FirstRequest";
import { useSessionOver } from "./hold";
import classes from "./Keys.module.css";
import type { OrganizationNames } from "./names";
import { Samples } from "./Samples";
import { exampleHost, type SampleTarget } from "./samples";
import { sampleTarget } from "./target";

interface Props {
  issued: IssuedKey;
  names: OrganizationNames;
  /** That the secret is safe, and the dialog may close. */
  onStored: (stored: boolean) => void;
  onDone: () => void;
}

/** A new key's secret, this once. It stands in this dialog's own state alone: what closes it forgets it. */
export function SecretPanel({ issued, names, onStored, onDone }: Props) {
  const { product_url } = useSession();
  const [stored, setStored] = useState(false);
  const over = useSessionOver();
  const said = useId();
  const field = useRef<HTMLElement>(null);
  // The form that had the focus is gone.
  useEffect(() => field.current?.focus(), []);
  const store = (now: boolean) => {
    setStored(now);
    onStored(now);
  };
  if (issued.secret === null) return <Lost issued={issued} onDone={onDone} />;
  const found = sampleTarget(issued, names);
  const target: SampleTarget = { host: product_url ?? exampleHost, workflow: found?.workflow ?? "WORKFLOW_ID", permission: found?.permission ?? "write" };
  return (
    <Stack gap="md">
      {over ? <Alert color="red" icon={<IconLogout aria-hidden />} title="You are signed out. Store the secret first" role="alert">Your session has ended. The secret stands here until you are done; then you can sign in again.</Alert> : null}
      <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="Store the secret now">It is shown this once, and nothing can show it again. Put it where your other secrets are, and in no code.</Alert>
      <div>
        <Text size="sm" fw={600} id={said} mb={4}>Secret of {issued.name}</Text>
        <code className={classes.secret} aria-labelledby={said} role="textbox" aria-readonly="true" tabIndex={0} ref={field}>{issued.secret}</code>
        <Group mt="xs"><CopyButton text={issued.secret} label="Copy the secret" wide onCopied={() => store(true)} /></Group>
      </div>
      <section aria-label="Try it">
        <Title order={3} mb={4}>Try it</Title>
        {found ? null : <Text size="xs" c="dimmed" mb={6}>No workflow that the key reaches is known here: put one's id in the place of <code>WORKFLOW_ID</code>.</Text>}
        <Samples target={target} secret={issued.secret} />
      </section>
      {over ? null : <FirstRequest keyRecord={publicPart(issued)} names={names} />}
      <Group justify="space-between" gap="sm">
        <Checkbox checked={stored} onChange={(e) => store(e.currentTarget.checked)} label="I have stored it" />
        <Button onClick={onDone} disabled={!stored}>Done</Button>
      </Group>
    </Stack>
  );
}

/** The record without its secret: what queries may keep. */
export function publicPart({ secret: _, ...key }: IssuedKey): Key {
  return key;
}

function Lost({ issued, onDone }: { issued: IssuedKey; onDone: () => void }) {
  return (
    <Stack gap="md">
      <Alert color="yellow" icon={<IconKey aria-hidden />} title="The key stands, but its secret was lost on the way">
        The answer that held the secret did not arrive, and it is shown once alone. Rotate {issued.name} without an overlap: its successor has a new secret.
      </Alert>
      <Group justify="flex-end"><Button onClick={onDone} data-autofocus>Close</Button></Group>
    </Stack>
  );
}
