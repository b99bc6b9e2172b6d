import { Alert, Button, Checkbox, Group, List, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { type Draft, type Files, type PolicyRevision, useBeginCandidate, usePublish, type Verdict } from "../api/policies";
import { isProblem } from "../api/problem";
import { LinkButton } from "../ui/links";
import { ProblemAlert } from "../ui/ProblemAlert";
import { count } from "../ui/words";
import { ChangeBadge } from "./Changes";
import type { FileChange } from "./draft";
import { ImpactProblem, Running } from "./ImpactView";
import classes from "./policies.module.css";
import type { ImpactHandle } from "./useImpact";
import { brokenOf, impactSummary, managerWords, overridable, standing, verdictWords } from "./words";

interface Props {
  /** What becomes of the draft: the next revision, or a candidate that runs beside what is in force. */
  kind: "publish" | "shadow";
  opened: boolean;
  onClose: () => void;
  files: Files;
  changes: readonly FileChange[];
  base: number;
  /** On these files; null where it is not known. */
  verdict: Verdict | null;
  impact: ImpactHandle;
  /** It is done: the draft is one no more. */
  onDone: (published: PolicyRevision | null) => void;
  /** Another revision was published since the draft was begun: what to do about it. */
  onStale: () => void;
}

const words = {
  publish: { title: "Publish the draft", act: "Publish", about: "It comes into force on every replica at once." },
  shadow: { title: "Begin a shadow run", act: "Begin the shadow run", about: "It runs on every replica beside the policy in force, on live traffic, and decides nothing." },
};

/** Publishes a draft, or has it run in the shadow: never before one has seen what it would change. */
export function ReleaseDialog(props: Props) {
  const [done, setDone] = useState<PolicyRevision | null>(null);
  return (
    <Modal opened={props.opened} onClose={() => { setDone(null); props.onClose(); }} title={done ? `Revision ${done.revision} is in force` : words[props.kind].title} size="lg" closeOnClickOutside={false}>
      {!props.opened ? null : done ? <Done revision={done} onClose={() => { setDone(null); props.onClose(); }} /> : <Form {...props} onPublished={setDone} />}
    </Modal>
  );
}

function Done({ revision, onClose }: { revision: PolicyRevision; onClose: () => void }) {
  return (
    <Stack>
      <Group gap="xs" wrap="nowrap" role="status"><IconCircleCheck size={22} aria-hidden style={{ color: "var(--sg-good)" }} /><Text size="sm">Every decision from now on says <code>policy_revision: {revision.revision}</code>. To go back, restore an older revision in the history.</Text></Group>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>Close</Button>
        <LinkButton to="/policies/history" search={{ revision: String(revision.revision) }}>See it in the history</LinkButton>
      </Group>
    </Stack>
  );
}

function Form({ kind, onClose, files, changes, base, verdict, impact, onDone, onStale, onPublished }: Props & { onPublished: (revision: PolicyRevision) => void }) {
  const [message, setMessage] = useState("");
  const [override, setOverride] = useState("");
  const [acknowledged, setAcknowledged] = useState(false);
  const [unseen, setUnseen] = useState(false);
  const [tried, setTried] = useState(false);
  const publish = usePublish();
  const begin = useBeginCandidate();
  const { isPending, error } = kind === "publish" ? publish : begin;
  const { run, window } = impact;

  const report = impact.of === files ? impact.impact : null;
  const failed = impact.of === files ? impact.error : null;
  // A digest stands for what was shown: another needs another tick.
  const digest = report?.digest ?? "";
  useEffect(() => setAcknowledged(false), [digest]);

  const refused = isProblem(error, "policy_refused") ? (error.body["check"] as Verdict) : null;
  const judged = refused ?? verdict;
  const needsReason = judged !== null && overridable(judged);
  const refusedFor = judged !== null && !judged.ok && !needsReason ? standing(judged) : null;
  // What can't be published has no need of an impact; and one that was begun here ends where one leaves.
  const known = impact.of === files && (impact.impact !== null || impact.since !== null || impact.error !== null);
  const begun = useRef(false);
  useEffect(() => {
    if (known || refusedFor !== null) return;
    begun.current = true;
    run(files, window);
  }, [known, refusedFor, run, files, window]);
  const leave = useRef(() => {});
  leave.current = () => { if (begun.current && impact.since !== null) impact.cancel(); };
  useEffect(() => () => leave.current(), []);

  const widens = report?.widens === true;
  const cannotDecide = isProblem(failed, "policy_refused");
  const ready = report !== null || (failed !== null && !cannotDecide && unseen);

  const faults = {
    message: message.trim() === "" ? "Say what the edit is for: it stands in the history." : null,
    override: needsReason && override.trim() === "" ? "Give the reason: it stays in the history and in the audit." : null,
    acknowledged: widens && !acknowledged ? "Tick it once you have read what is widened." : null,
  };

  const submit = () => {
    setTried(true);
    if (!ready || refusedFor || Object.values(faults).some((f) => f !== null)) return;
    const draft: Draft = { files, message: message.trim(), base_revision: base, ...(widens ? { acknowledge: digest } : {}), ...(needsReason ? { override: override.trim() } : {}) };
    if (kind === "publish") publish.mutate(draft, { onSuccess: (revision) => { onPublished(revision); onDone(revision); } });
    else begin.mutate(draft, { onSuccess: () => onDone(null) });
  };

  return (
    <form noValidate onSubmit={(e) => { e.preventDefault(); if (!isPending) submit(); }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{words[kind].about}</Text>
        <div>
          <Text size="sm" fw={600} mb={4}>{count(changes.length, "file")}</Text>
          <Stack gap={4}>{changes.map((c) => <Group key={c.path} gap="xs"><ChangeBadge change={c.change} /><span className={classes.path} style={{ fontWeight: 400 }}>{c.path}</span></Group>)}</Stack>
        </div>
        <Textarea label="Message" description="What the edit is for." required withAsterisk={false} value={message} onChange={(e) => setMessage(e.currentTarget.value)} maxLength={2000} autosize minRows={2} data-autofocus error={tried ? faults.message : null} />

        {refusedFor ? <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="It does not pass its check">{refusedFor}. Mend that first: the check says where.</Alert> : null}
        {needsReason ? (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="It breaks what no edit may break">
            <List size="sm" mb="xs">{brokenOf(judged).map((i) => <List.Item key={i.name}>{i.promise}</List.Item>)}</List>
            <Textarea label="Why it may pass all the same" value={override} onChange={(e) => setOverride(e.currentTarget.value)} maxLength={2000} autosize minRows={2} error={tried ? faults.override : null} />
          </Alert>
        ) : null}

        {known ? <div>
          <Text size="sm" fw={600} mb={4}>Impact</Text>
          {impact.since !== null ? <Running since={impact.since} /> : null}
          {failed ? <ImpactProblem error={failed} retry={() => run(files, window)} /> : null}
          {failed && !cannotDecide ? <Checkbox mt="sm" label="Go on without knowing the impact" checked={unseen} onChange={(e) => setUnseen(e.currentTarget.checked)} /> : null}
          {report ? <Text size="sm" role="status">{impactSummary(report)}</Text> : null}
        </div> : null}
        {report && widens ? (
          <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title={verdictWords(report)}>
            <List size="sm" mb="sm">
              {report.small_world.classes.filter((c) => c.kind === "widened").slice(0, 6).map((c) => <List.Item key={c.summary} style={{ overflowWrap: "anywhere" }}>{c.summary}</List.Item>)}
              {report.small_world.routes.length > 0 ? <List.Item>{count(report.small_world.routes.length, "route")} added, taken away or led elsewhere</List.Item> : null}
              {report.small_world.management.filter((m) => m.after).slice(0, 6).map((m) => <List.Item key={[m.operation, m.owner, m.role, m.platform_role].join(" ")}>{managerWords(m)} may do {m.operation}</List.Item>)}
              {report.small_world.unseen.slice(0, 6).map((m) => <List.Item key={m.text} style={{ overflowWrap: "anywhere" }}>{m.path}:{m.row} turns on “{m.text}”, which no question tells apart: it may widen more than is told</List.Item>)}
              {report.small_world.not_asked.length > 0 ? <List.Item>{count(report.small_world.not_asked.length, "action or type", "actions and types")} more than are asked about</List.Item> : null}
            </List>
            <Checkbox label="I have read what it widens, and mean it" checked={acknowledged} onChange={(e) => setAcknowledged(e.currentTarget.checked)} error={tried ? faults.acknowledged : null} />
          </Alert>
        ) : null}

        {isProblem(error, "stale_base") ? (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="Another revision was published meanwhile" role="alert">
            <Text size="sm" mb="sm">Nothing was done. See what differs, and lay your draft on top of it.</Text>
            <Button variant="default" size="xs" onClick={onStale}>See what was published</Button>
          </Alert>
        ) : isProblem(error, "acknowledgement_required") ? (
          <ProblemAlert error={error} title={report ? "It widens something else by now" : "What it widens has to be acknowledged"} retry={() => { publish.reset(); begin.reset(); run(files, window); }} />
        ) : refused ? null : <ProblemAlert error={error} />}

        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={isPending} disabled={!ready || refusedFor !== null}>{words[kind].act}</Button>
        </Group>
      </Stack>
    </form>
  );
}
