import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconGitCompare, IconInfoCircle } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { type Candidate, candidateQuery, policyQuery, type PolicyRevision, revisionQuery, useDropCandidate, usePromoteCandidate } from "../api/policies";
import { queryClient } from "../api/query";
import { useMay, useSession } from "../api/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { PageProblem } from "../ui/Forbidden";
import { LinkButton, LinkTo } from "../ui/links";
import { notifyDone } from "../ui/notify";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { PanelSkeleton } from "../ui/Skeletons";
import { ToneBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import { Tiles } from "../ui/Tiles";
import { count } from "../ui/words";
import { KeyLink } from "../views/KeyLink";
import { Changes, useWay } from "./Changes";
import { changesBetween } from "./draft";
import { KindBadge, Turn } from "./ImpactView";
import { NotForYou } from "./NotForYou";
import classes from "./policies.module.css";
import { ReleaseDialog } from "./ReleaseDialog";
import { useDraft } from "./useDraft";
import { useImpact } from "./useImpact";
import { kinds, kindWords } from "./words";

/** A candidate that runs beside the policy in force, and what it would have decided otherwise. */
export function ShadowPage() {
  const mayRead = useMay("policies.read");
  return mayRead ? <Shadow /> : <NotForYou />;
}

function Shadow() {
  const candidate = useQuery(candidateQuery);
  const policy = useQuery(policyQuery);
  const running = candidate.data;
  return (
    <>
      <PageHeader title="Shadow runs" tab="Shadow runs" about="A candidate is asked whatever the policy in force is asked, on live traffic, and decides nothing." actions={running ? <Ends candidate={running} /> : undefined} />
      {candidate.error ? <ProblemAlert error={candidate.error} retry={() => void candidate.refetch()} />
        : policy.error && policy.data === undefined ? <PageProblem embedded error={policy.error} retry={() => void policy.refetch()} />
        : running ? <Run candidate={running} />
        : running === null && policy.data ? <None policy={policy.data} />
        : <PanelSkeleton lines={6} />}
    </>
  );
}

function None({ policy }: { policy: PolicyRevision }) {
  const { user } = useSession();
  const mayWrite = useMay("policies.write");
  const draft = useDraft(user.id, policy);
  const impact = useImpact();
  const [beginning, setBeginning] = useState(false);
  const ready = mayWrite && draft.changes.length > 0 && !draft.behind;
  return (
    <>
      <EmptyState
        icon={<IconGitCompare size={22} />} title="No candidate runs"
        action={ready ? <Button onClick={() => setBeginning(true)}>Begin with the draft ({count(draft.changes.length, "file")})</Button> : <LinkButton to="/policies" variant="default">{mayWrite ? draft.behind ? "Lay the draft on what is in force" : "Write a draft" : "See the policy"}</LinkButton>}
      >
        Have a draft run beside the policy in force before you publish it. Every replica asks both, tells where they disagree, and answers with the policy in force alone. When you have seen enough, promote it, or drop it.
      </EmptyState>
      {draft.files ? (
        <ReleaseDialog
          kind="shadow" opened={beginning} onClose={() => setBeginning(false)} files={draft.files} changes={draft.changes} base={draft.base} verdict={null} impact={impact}
          onDone={() => { setBeginning(false); draft.discard(); notifyDone("The draft runs in the shadow."); }}
          onStale={() => { setBeginning(false); void queryClient.invalidateQueries({ queryKey: policyQuery.queryKey }); }}
        />
      ) : null}
    </>
  );
}

function Ends({ candidate }: { candidate: Candidate }) {
  const mayWrite = useMay("policies.write");
  const promote = usePromoteCandidate();
  const drop = useDropCandidate();
  const [asking, setAsking] = useState<"promote" | "drop" | null>(null);
  const { disagreed, compared } = candidate.seen;
  const otherwise = Object.values(disagreed).reduce((sum, n) => sum + n, 0);
  if (!mayWrite) return <ToneBadge tone="neutral">Read only: your role may not publish</ToneBadge>;
  return (
    <>
      <Button variant="default" onClick={() => setAsking("drop")}>Drop…</Button>
      <Button onClick={() => setAsking("promote")}>Promote…</Button>
      <ConfirmDialog opened={asking === "promote"} onClose={() => setAsking(null)} title="Promote the candidate?" confirm="Publish it" onConfirm={async () => { const published = await promote.mutateAsync(); notifyDone(`Revision ${published.revision} is in force.`); }}>
        <Text size="sm">“{candidate.message}” becomes the policy in force, on every replica at once. {compared === 0 ? "This replica has compared no decision yet." : otherwise === 0 ? `The ${count(compared, "decision")} that this replica compared came out the same.` : `Of ${count(compared, "decision")} that this replica compared, ${otherwise.toLocaleString("en")} came out otherwise.`}</Text>
        {(disagreed["widened"] ?? 0) > 0 ? <Alert mt="sm" color="yellow" icon={<IconInfoCircle aria-hidden />}>It allows what was refused: {count(disagreed["widened"] ?? 0, "decision")} so far.</Alert> : null}
      </ConfirmDialog>
      <ConfirmDialog opened={asking === "drop"} onClose={() => setAsking(null)} title="Drop the candidate?" confirm="Drop it" danger onConfirm={async () => { await drop.mutateAsync(); notifyDone("The candidate runs no more."); }}>
        <Text size="sm">It ends on every replica, and what it was seen to decide otherwise is forgotten, as are its files: they were never published.</Text>
      </ConfirmDialog>
    </>
  );
}

function Run({ candidate }: { candidate: Candidate }) {
  const { seen } = candidate;
  const base = useQuery(revisionQuery(candidate.base_revision));
  const way = useWay();
  const changes = useMemo(() => base.data && changesBetween(base.data.files, candidate.files), [base.data, candidate.files]);
  const told = kinds.filter((kind) => (seen.disagreed[kind] ?? 0) > 0);
  return (
    <Stack gap="md">
      <Panel title={candidate.message} actions={seen.running ? <ToneBadge tone="good">Running</ToneBadge> : <ToneBadge tone="warn">Not running on this replica yet</ToneBadge>}>
        <p className={classes.quiet} style={{ margin: 0 }}>Begun <TimeAgo at={candidate.begun_at} /> by {candidate.author}, on revision {candidate.base_revision}.{candidate.acknowledged ? " What it widens was acknowledged." : ""}{candidate.override ? ` It may break an invariant, because: ${candidate.override}` : ""}</p>
        <Tiles inside tiles={[
          { name: "Compared", value: seen.compared, about: "decisions that both made" },
          ...(["widened", "narrowed", "code_changed", "billing_changed", "errors"] as const).map((kind) => ({ name: kindWords[kind].title, value: seen.disagreed[kind] ?? 0, about: kindWords[kind].about })),
          { name: "Left out", value: seen.shed, about: "there was no time to compare them" },
        ]} />
      </Panel>
      <Panel title="Where they disagree" actions={<Group gap="xs">{told.map((kind) => <KindBadge key={kind} kind={kind} />)}<Text size="xs" c="dimmed">the latest, as the replica that answers saw them</Text></Group>}>
        {seen.disagreements.length === 0 ? <p className={classes.quiet}>{seen.compared === 0 ? "No decision was compared yet: this fills as keys are used." : `All ${count(seen.compared, "decision")} came out the same.`}</p> : (
          <DataTable
            caption="Decisions on which the candidate disagrees, newest first" rows={seen.disagreements} rowKey={(d) => d.decision_id + d.time}
            columns={[
              { id: "when", head: "When", cell: (d) => <LinkTo to="/decisions" search={{ decision: d.decision_id }}><TimeAgo at={d.time} /></LinkTo> },
              { id: "kind", head: "Kind", cell: (d) => <KindBadge kind={d.kind} /> },
              { id: "key", head: "Key", cell: (d) => (d.key_id ? <KeyLink id={d.key_id} owner={d.owner} /> : "None") },
              { id: "asks", head: "Asked", cell: (d) => <>{d.action} on {d.resource.type} <Code>{d.resource.id}</Code></> },
              { id: "turn", head: "In force, then the candidate", cell: (d) => <Turn before={d.active.error ? "" : d.active.code} after={d.candidate.error ? "" : d.candidate.code} /> },
            ]}
          />
        )}
      </Panel>
      <Panel title={changes ? `${count(changes.length, "file")} otherwise than in revision ${candidate.base_revision}` : "What it changes"} actions={way.control}>
        {changes === undefined ? base.error ? <div className={classes.quiet}><ProblemAlert error={base.error} /></div> : <PanelSkeleton lines={4} /> : <Changes changes={changes} way={way} />}
      </Panel>
    </Stack>
  );
}
