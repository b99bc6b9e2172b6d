import { Button, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useState } from "react";
import { historyQuery, type PolicyHead, policyQuery, revisionQuery, useRestore } from "../api/policies";
import { useMay } from "../api/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { CopyButton } from "../ui/CopyButton";
import { FieldList } from "../ui/FieldList";
import { PageProblem } from "../ui/Forbidden";
import { LinkButton } from "../ui/links";
import { notifyDone } from "../ui/notify";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { PanelSkeleton } from "../ui/Skeletons";
import { ToneBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import { count } from "../ui/words";
import { ChangeBadge, Changes, useWay } from "./Changes";
import { changesBetween } from "./draft";
import { NotForYou } from "./NotForYou";
import classes from "./policies.module.css";

/** Every policy that was in force: who published it, when and why, and what it changed. */
export function HistoryPage() {
  const mayRead = useMay("policies.read");
  return mayRead ? <History /> : <NotForYou />;
}

const numbered = (text: string | undefined): number | undefined => (text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined);

function History() {
  const { revision, from } = useSearch({ from: "/frame/policies/history" });
  const history = useInfiniteQuery(historyQuery);
  const heads = history.data?.pages.flatMap((p) => p.data);
  const newest = heads?.[0]?.revision;
  const shown = numbered(revision) ?? newest;
  return (
    <>
      <PageHeader title="Policy history" tab="Policy history" about="Revisions are whole and never change. The newest is in force; an older one can be published again." actions={<LinkButton to="/policies" variant="default">Edit the policy</LinkButton>} />
      {history.error && heads === undefined ? <PageProblem embedded error={history.error} retry={() => void history.refetch()} /> : (
        <div className={`${classes.history} ${revision === undefined ? "" : classes.chosen}`}>
          <Panel title="Revisions" actions={heads ? <Text size="xs" c="dimmed">{history.hasNextPage ? `the newest ${heads.length}` : heads.length}</Text> : null}>
            {heads === undefined ? <Stack p="md" gap="md" aria-busy>{[0, 1, 2, 3].map((i) => <Skeleton key={i} height={36} />)}</Stack> : (
              <>
                <ul className={classes.revisions} aria-label="Revisions, newest first">{heads.map((h) => <Entry key={h.revision} head={h} current={h.revision === shown} newest={h.revision === newest} />)}</ul>
                {history.hasNextPage ? <Group justify="center" p="sm"><Button variant="default" size="xs" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>Show older ones</Button></Group> : null}
                {history.isFetchNextPageError ? <ProblemAlert error={history.error} retry={() => void history.fetchNextPage()} /> : null}
              </>
            )}
          </Panel>
          {shown === undefined || newest === undefined || heads === undefined ? <PanelSkeleton lines={8} /> : <Detail key={shown} revision={shown} from={numbered(from)} newest={newest} heads={heads} />}
        </div>
      )}
    </>
  );
}

function Flags({ head, newest }: { head: PolicyHead; newest: boolean }) {
  return (
    <Group gap={6}>
      {newest ? <ToneBadge tone="good">In force</ToneBadge> : null}
      {head.restores !== null ? <ToneBadge tone="info" icon={<IconArrowBackUp size={13} aria-hidden />}>Restores {head.restores}</ToneBadge> : null}
      {head.acknowledged !== null ? <ToneBadge tone="warn">Widened, acknowledged</ToneBadge> : null}
      {head.override !== null ? <ToneBadge tone="bad">Invariant overridden</ToneBadge> : null}
    </Group>
  );
}

function Entry({ head, current, newest }: { head: PolicyHead; current: boolean; newest: boolean }) {
  return (
    <li className={classes.revision}>
      <Link to="/policies/history" search={{ revision: String(head.revision) }} aria-current={current} resetScroll={false}>
        <Group justify="space-between" gap="xs" wrap="nowrap" align="baseline">
          <Text span size="sm" fw={600} className="sg-numbers">Revision {head.revision}</Text>
          <Text span size="xs" c="dimmed"><TimeAgo at={head.published_at} /></Text>
        </Group>
        <Text span size="sm" className={classes.clip ?? ""}>{head.message}</Text>
        <Group justify="space-between" gap="xs" mt={2}><Text span size="xs" c="dimmed">{head.author}</Text><Flags head={head} newest={newest} /></Group>
      </Link>
    </li>
  );
}

function Detail({ revision, from, newest, heads }: { revision: number; from: number | undefined; newest: number; heads: PolicyHead[] }) {
  const mayWrite = useMay("policies.write");
  const navigate = useNavigate({ from: "/policies/history" });
  const one = useQuery(revisionQuery(revision));
  // What it was written on, else the one before. The first is compared with nothing.
  const before = from ?? (one.data?.base_revision && one.data.base_revision < revision ? one.data.base_revision : revision - 1);
  const other = useQuery({ ...revisionQuery(before), enabled: one.data !== undefined && before > 0 });
  const [restoring, setRestoring] = useState(false);
  const way = useWay();
  if (one.error) return <PageProblem embedded error={one.error} retry={() => void one.refetch()} />;
  if (one.data === undefined) return <PanelSkeleton lines={8} />;
  const head = one.data;
  const numbers = [...new Set([...heads.map((h) => h.revision), before, revision])].filter((n) => n > 0 && n !== revision).sort((a, b) => b - a);
  const changes = other.data && changesBetween(other.data.files, head.files);
  return (
    <Stack gap="md" style={{ minWidth: 0 }}>
      <Panel title={`Revision ${revision}`} actions={mayWrite && revision !== newest ? <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={15} aria-hidden />} onClick={() => setRestoring(true)}>Restore…</Button> : <Flags head={head} newest={revision === newest} />} padded>
        <Text mb="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{head.message}</Text>
        <FieldList fields={[
          ["Published", <><TimeAgo at={head.published_at} /> by {head.author}</>],
          ["Written on", head.base_revision === null ? null : `revision ${head.base_revision}`],
          ["Restores", head.restores === null ? null : `revision ${head.restores}`],
          ["Override", head.override],
          ["Acknowledged", head.acknowledged === null ? null : <code>{head.acknowledged}</code>],
          ["Files", Object.keys(head.files).length],
          ["Digest", <><code>{head.digest}</code> <CopyButton text={head.digest} label="Copy the digest" /></>],
        ]} />
      </Panel>
      <Panel title="What differs" actions={way.control}>
        <Group gap="sm" align="flex-end" className={classes.quiet ?? ""}>
          <Select label="From" size="xs" w={150} data={numbers.map((n) => ({ value: String(n), label: `Revision ${n}` }))} value={before > 0 ? String(before) : null} placeholder="None before" allowDeselect={false} onChange={(v) => void navigate({ search: (old) => ({ ...old, revision: String(revision), from: v ?? undefined }), replace: true, resetScroll: false })} disabled={numbers.length === 0} />
          <Text size="sm">to revision {revision}</Text>
        </Group>
        {before <= 0 ? <p className={classes.quiet}>The first revision: what steelgate ships. There is none before to compare with.</p>
          : other.error ? <div className={classes.quiet}><ProblemAlert error={other.error} retry={() => void other.refetch()} /></div>
          : changes === undefined ? <Stack p="md"><Skeleton height={120} /></Stack>
          : changes.length === 0 ? <p className={classes.quiet}>Every file is the same in both.</p>
          : <Changes changes={changes} way={way} />}
      </Panel>
      {restoring ? <Restore head={head} newest={newest} onClose={() => setRestoring(false)} onDone={(n) => void navigate({ search: { revision: String(n) } })} /> : null}
    </Stack>
  );
}

function Restore({ head, newest, onClose, onDone }: { head: PolicyHead & { files: Record<string, string> }; newest: number; onClose: () => void; onDone: (revision: number) => void }) {
  const restore = useRestore();
  const inForce = useQuery(policyQuery);
  const changes = inForce.data && changesBetween(inForce.data.files, head.files);
  return (
    <ConfirmDialog
      opened onClose={onClose} title={`Restore revision ${head.revision}?`} confirm={`Publish it as revision ${(inForce.data?.revision ?? newest) + 1}`}
      onConfirm={async () => {
        const published = await restore.mutateAsync(head.revision);
        notifyDone(`Revision ${published.revision} is in force: what revision ${head.revision} was.`);
        onDone(published.revision);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">It comes into force on every replica at once, without the check or an acknowledgement: it passed once. What was published since stays in the history, and a shadow run ends.</Text>
        {changes === undefined ? <Skeleton height={40} /> : changes.length === 0 ? <Text size="sm">Its files are what is in force: nothing would be decided otherwise.</Text> : (
          <div>
            <Text size="sm" fw={600} mb={4}>{count(changes.length, "file")} would change</Text>
            <Stack gap={4}>{changes.map((c) => <Group key={c.path} gap="xs"><ChangeBadge change={c.change} /><span className={classes.path} style={{ fontWeight: 400 }}>{c.path}</span></Group>)}</Stack>
          </div>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
