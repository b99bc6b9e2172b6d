import { Drawer, Group, Stack, Text, Title } from "@mantine/core";
import type { AuditEntry } from "../api/audit";
import { FieldList } from "../ui/FieldList";
import { ToneBadge } from "../ui/StatusBadge";
import { exact } from "../ui/time";
import { KeyLink } from "../views/KeyLink";
import { Diff } from "./Diff";
import { actorOf, meansOf } from "./words";

/** One entry: who, what, and each record before and after. */
export function AuditDrawer({ opened, entry, onClose }: { opened: boolean; entry: AuditEntry | undefined; onClose: () => void }) {
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="xl" title={entry ? `Entry ${entry.seq}` : "Entry"} closeButtonProps={{ "aria-label": "Close" }} transitionProps={{ duration: 120 }}>
      {opened ? entry ? <Inside entry={entry} /> : <Text size="sm">This entry is not among those that are listed. Widen the filters, or load older ones.</Text> : null}
    </Drawer>
  );
}

function Inside({ entry: e }: { entry: AuditEntry }) {
  return (
    <Stack gap="lg">
      <div>
        <Group gap="xs" mb="xs"><Outcome entry={e} /><Text size="sm" className="sg-numbers">{exact(new Date(e.at))}</Text></Group>
        <FieldList
          fields={[
            ["Action", <code key="action">{e.action}</code>],
            ["Asked for", <Target key="target" kind={e.target.kind} id={e.target.id} owner={e.owner} />],
            ["Whose", e.owner ? <>{e.owner.type} <code>{e.owner.id}</code></> : null],
            ["Who", <><code>{actorOf(e)}</code>{meansOf(e) ? `, ${meansOf(e)}` : ""}</>],
            ["Token", e.actor.token_id ? <code key="token">{e.actor.token_id}</code> : null],
            ["Session", e.actor.session_id ? <code key="session">{e.actor.session_id}</code> : null],
            ["From", e.actor.address ? <code key="address">{e.actor.address}</code> : null],
            ["Refused with", e.reason ? <code key="reason">{e.reason}</code> : null],
            ["Left out", e.suppressed ? `${e.suppressed} denials of the same actor just before` : null],
            ["Data revision", e.revision > 0 ? String(e.revision) : null],
          ]}
        />
      </div>
      <section aria-labelledby="changes">
        <Title order={3} id="changes" mb="xs">{e.changes.length === 0 ? "Nothing was changed" : e.changes.length === 1 ? "What changed" : `What changed: ${e.changes.length} records`}</Title>
        <Stack gap="md">
          {e.changes.slice(0, 50).map((c) => (
            <div key={c.kind + c.id}>
              <Text size="sm" mb={4}><Target kind={c.kind} id={c.id} owner={c.owner} /> <Text span c="dimmed">{c.before === null ? "made" : c.after === null ? "deleted" : "changed"}{c.previous_owner ? `, moved from ${c.previous_owner.type} ${c.previous_owner.id}` : ""}</Text></Text>
              <Diff before={c.before} after={c.after} />
            </div>
          ))}
          {e.changes.length > 50 ? <Text size="sm" c="dimmed">And {e.changes.length - 50} more: the export has them all.</Text> : null}
        </Stack>
      </section>
    </Stack>
  );
}

function Target({ kind, id, owner }: { kind: string; id: string; owner: AuditEntry["owner"] }) {
  if (kind === "key") return <>key <KeyLink id={id} owner={owner} /></>;
  return <>{kind.replaceAll("_", " ")} <code>{id}</code></>;
}

export function Outcome({ entry }: { entry: Pick<AuditEntry, "outcome" | "reason"> }) {
  return entry.outcome === "done" ? <ToneBadge tone="good">Done</ToneBadge> : <ToneBadge tone="bad">Denied</ToneBadge>;
}
