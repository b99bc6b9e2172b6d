import { Button, Code, Group, Loader, Progress, Select, Stack, Text, Title } from "@mantine/core";
import { IconArrowRight, IconChevronDown, IconChevronRight, IconRadar2 } from "@tabler/icons-react";
import { type ReactNode, useEffect, useId, useState } from "react";
import type { Files, Impact, ImpactClass, ImpactKind, PolicyOutcome, Verdict, Witness } from "../api/policies";
import { isProblem } from "../api/problem";
import { codeLabel } from "../decisions/codes";
import { isOnWorkspace } from "../keys/scope";
import { CopyButton } from "../ui/CopyButton";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FieldList } from "../ui/FieldList";
import { LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { OutcomeBadge, ToneBadge } from "../ui/StatusBadge";
import { Tiles } from "../ui/Tiles";
import { count, listWords } from "../ui/words";
import { KeyLink } from "../views/KeyLink";
import classes from "./policies.module.css";
import { type ImpactHandle, type Window, windows } from "./useImpact";
import { codeWords, impactSummary, isUncertain, kinds, kindWords, managerWords, standing, verdictWords } from "./words";

interface Props {
  handle: ImpactHandle;
  files: Files;
  /** Whether the draft changes anything. */
  changed: boolean;
}

/** What the draft would change, before it does. */
export function ImpactView({ handle, files, changed }: Props) {
  const { impact, since, error } = handle;
  const [window, setWindow] = useState<Window>(handle.window);
  if (!changed) {
    return <EmptyState icon={<IconRadar2 size={22} />} title="Nothing to compare yet">Change a rule first. The impact then asks the policy in force and your draft every kind of question that there is, the keys that stand, and what was decided lately, and tells what would come out otherwise.</EmptyState>;
  }
  const stale = handle.of !== null && handle.of !== files;
  return (
    <Stack gap="md">
      <Panel padded>
        <Group align="flex-end" gap="sm">
          <Select label="Replay the decisions of" data={windows.map(({ value, label }) => ({ value, label }))} value={window} onChange={(v) => v && setWindow(v as Window)} allowDeselect={false} w={190} disabled={since !== null} />
          {since === null ? <Button leftSection={<IconRadar2 size={16} aria-hidden />} onClick={() => handle.run(files, window)}>{impact ? "Run it again" : "Run the impact"}</Button> : <Button variant="default" onClick={handle.cancel}>Cancel</Button>}
          <Text size="sm" c="dimmed" style={{ flex: "1 1 16rem" }}>It asks both policies every kind of question, the keys that stand, and what was decided in this time. It changes nothing.</Text>
        </Group>
        {since === null ? null : <Box mt="md"><Running since={since} /></Box>}
      </Panel>
      {error ? <ImpactProblem error={error} retry={() => handle.run(files, window)} /> : null}
      {impact === null ? null : (
        <>
          {stale ? <Note>The draft has changed since: this is the impact of what it was. Run it again.</Note> : null}
          <ImpactReport impact={impact} window={handle.window} />
        </>
      )}
    </Stack>
  );
}

function Box({ mt, children }: { mt: string; children: ReactNode }) {
  return <div style={{ marginTop: `var(--mantine-spacing-${mt})` }}>{children}</div>;
}

function Note({ children }: { children: ReactNode }) {
  return <div role="status"><ToneBadge tone="warn">{children}</ToneBadge></div>;
}

/** That it works, and for how long it has. */
export function Running({ since }: { since: number }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - since) / 1000)), 500);
    return () => clearInterval(timer);
  }, [since]);
  return (
    <Stack gap={6}>
      <Group gap="xs" role="status" wrap="nowrap"><Loader size={16} aria-hidden style={{ flex: "none" }} /><Text size="sm">Asking both policies. It takes ten seconds or more, and one impact is worked out at a time.</Text></Group>
      <Progress value={100} animated size="sm" aria-label="The impact is worked out" />
      <Text size="xs" c="dimmed" className="sg-numbers" aria-hidden>{seconds} s</Text>
    </Stack>
  );
}

export function ImpactProblem({ error, retry }: { error: unknown; retry: () => void }) {
  if (isProblem(error, "policy_refused")) {
    const verdict = error.body["check"] as Verdict | undefined;
    return <ProblemAlert error={error} title={`The draft can't decide${verdict ? `: ${standing(verdict)}` : ""}`} />;
  }
  return <ProblemAlert error={error} title="The impact can't be told now" retry={retry} />;
}

export function ImpactReport({ impact, window }: { impact: Impact; window: Window }) {
  const { small_world: world, live, logged } = impact;
  const label = windows.find((w) => w.value === window)!.label;
  return (
    <>
      <Panel title={verdictWords(impact)} actions={impact.widens ? <ToneBadge tone="warn">{isUncertain(impact) ? "May widen" : "Widens"}</ToneBadge> : <ToneBadge tone="good">Widens nothing</ToneBadge>}>
        <p className={classes.quiet} role="status">{impactSummary(impact)}</p>
        <Tiles inside tiles={[
          { name: "Kinds of questions", value: world.changed, about: `of ${world.evaluated.toLocaleString("en")} asked` },
          { name: "Live keys touched", value: live.keys, about: `of ${live.standing.toLocaleString("en")} that stand` },
          { name: "Workspaces touched", value: live.workspaces, about: count(live.owners, "owner") },
          { name: "Decisions otherwise", value: logged.changed, about: `of ${logged.evaluated.toLocaleString("en")} of ${label}` },
        ]} />
        {impact.digest === "" ? null : <Group gap={4} className={classes.foot ?? ""}><span>Digest of what it widens: <code style={{ overflowWrap: "anywhere" }}>{impact.digest}</code></span><CopyButton text={impact.digest} label="Copy the digest" /></Group>}
      </Panel>
      <Panel title="Classes of questions" actions={<Text size="xs" c="dimmed">{world.truncated ? "There are more than are told here." : count(world.classes.length, "class", "classes")}</Text>}>
        {world.classes.length === 0 ? <p className={classes.quiet}>Every kind of question is answered as it is today.</p> : kinds.map((kind) => <ClassGroup key={kind} kind={kind} classesOf={world.classes.filter((c) => c.kind === kind)} />)}
      </Panel>
      {world.routes.length === 0 ? null : <Routes routes={world.routes} />}
      {world.management.length === 0 ? null : <Management changes={world.management} />}
      {world.unseen.length === 0 && world.not_asked.length === 0 ? null : <Unseen world={world} />}
      <Live live={live} />
      <Logged logged={logged} label={label} />
    </>
  );
}

export function KindBadge({ kind }: { kind: ImpactKind }) {
  return <ToneBadge tone={kindWords[kind].tone}>{kindWords[kind].title}</ToneBadge>;
}

export function Turn({ before, after }: { before: string; after: string }) {
  return <span className={classes.outcome}><CodeBadge code={before} /><IconArrowRight size={14} aria-label="becomes" role="img" /><CodeBadge code={after} /></span>;
}

function CodeBadge({ code }: { code: string }) {
  return <ToneBadge tone={code === "allowed" ? "good" : code === "" || code === "policy_error" ? "bad" : "neutral"} icon={null}>{code === "" ? "no decision" : codeLabel(code)}</ToneBadge>;
}

function ClassGroup({ kind, classesOf }: { kind: ImpactKind; classesOf: ImpactClass[] }) {
  if (classesOf.length === 0) return null;
  return (
    <section className={classes.group} aria-label={kindWords[kind].title}>
      <div className={classes.grouphead}>
        <Title order={3} size="h3"><KindBadge kind={kind} /></Title>
        <Text size="sm" c="dimmed">{kindWords[kind].about}</Text>
      </div>
      {classesOf.map((c) => <ClassRow key={c.summary} of={c} />)}
    </section>
  );
}

/** The summary without what the badges beside it say. */
function question(c: ImpactClass): string {
  const end = c.summary.lastIndexOf(": ");
  return end > 0 && c.summary.slice(end).includes("->") ? c.summary.slice(0, end) : c.summary;
}

function ClassRow({ of }: { of: ImpactClass }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.class}>
      <button type="button" className={classes.classhead} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <Icon size={16} aria-hidden />
        <span>{question(of)} <Text span size="xs" c="dimmed">{count(of.count, "question")}</Text></span>
        <Turn before={of.before} after={of.after} />
      </button>
      <div id={id}>{open ? <div className={classes.witness}><WitnessView of={of.witness} /></div> : null}</div>
    </div>
  );
}

function keyWords(key: NonNullable<Witness["key"]>): string {
  const grants = key.grants?.map((g) => `${g.permission} on ${isOnWorkspace(g) ? g.workspace_id : g.workflow_id}`).join(", ");
  return [
    grants ? `, with ${grants}` : "",
    key.workflow_ids ? `, narrowed to ${key.workflow_ids.join(", ") || "no workflow"}` : "",
    key.allowed_cidrs?.length ? `, from ${key.allowed_cidrs.join(", ")}` : "",
    key.expires_at ? ", that ends some day" : "",
  ].join("");
}

function WitnessView({ of }: { of: Witness }) {
  return (
    <>
      <Text size="xs" c="dimmed" mb={6}>The plainest question of the class:</Text>
      <FieldList fields={[
        of.key ? ["Key", <>{of.key.type}, of the {of.key.owner.type} <Code>{of.key.owner.id}</Code>{keyWords(of.key)}</>] : ["Who", <>the {of.subject.type} <Code>{of.subject.id}</Code>, without a key</>],
        ["Asks", <><Code>{of.action}</Code> on {of.resource.type} <Code>{of.resource.id}</Code></>],
        ["When", <>{of.context["time"] ? `${of.context["time"]} (${of.facts["day"] ?? ""})` : "at any time"}{of.context["client_ip"] ? `, from ${of.context["client_ip"]}` : ""}</>],
        ["Where", Object.entries(of.world).map(([name, is]) => `${codeWords(name)}: ${is === true ? "yes" : is === false ? "no" : String(is) || "none"}`).join(", ")],
      ]} />
      <div className={classes.sides}>
        <div><Text size="xs" c="dimmed" mb={4}>The policy in force</Text><OutcomeView of={of.before} /></div>
        <div><Text size="xs" c="dimmed" mb={4}>The draft</Text><OutcomeView of={of.after} /></div>
      </div>
    </>
  );
}

export function OutcomeView({ of }: { of: PolicyOutcome }) {
  const { permission, billed_to: billed } = of;
  return (
    <>
      {of.error ? <ToneBadge tone="bad">Fails</ToneBadge> : <OutcomeBadge allow={of.allow} code={of.code} />}
      <Text size="sm" mt={4} style={{ overflowWrap: "anywhere" }}>{of.error ?? of.message}</Text>
      {permission ? <Text size="xs" c="dimmed">Required: {permission.required}. Granted: {permission.granted}.</Text> : null}
      {billed ? <Text size="xs" c="dimmed">Billed to the {billed.type} {billed.id}.</Text> : null}
    </>
  );
}

function target(of: Impact["small_world"]["routes"][number]["before"]): string {
  return of === null ? "no route" : `${of.action} on ${of.resource_type} ${of.resource_id}`;
}

function Routes({ routes }: { routes: Impact["small_world"]["routes"] }) {
  return (
    <Panel title="Routes">
      <DataTable
        caption="Routes that change" rows={routes} rowKey={(r) => r.pattern}
        columns={[
          { id: "pattern", head: "Route", cell: (r) => <Code style={{ overflowWrap: "anywhere" }}>{r.pattern}</Code> },
          { id: "before", head: "In force", cell: (r) => target(r.before) },
          { id: "after", head: "Draft", cell: (r) => target(r.after) },
        ]}
      />
    </Panel>
  );
}

function Management({ changes }: { changes: Impact["small_world"]["management"] }) {
  return (
    <Panel title="Who may manage">
      <DataTable
        caption="Operations of management that change" rows={changes} rowKey={(m) => [m.operation, m.owner, m.role, m.platform_role].join(" ")}
        columns={[
          { id: "operation", head: "Operation", cell: (m) => <Code>{m.operation}</Code> },
          { id: "who", head: "Who", cell: managerWords },
          { id: "after", head: "With the draft", cell: (m) => m.after ? <ToneBadge tone="warn">May now</ToneBadge> : <ToneBadge tone="neutral">May no longer</ToneBadge> },
        ]}
      />
    </Panel>
  );
}

/** What nobody could ask about: there one has to read for oneself. */
function Unseen({ world }: { world: Impact["small_world"] }) {
  return (
    <Panel title="What can't be told">
      <p className={classes.quiet}>These rules turn on what no question tells apart, such as what callers add to the context, a property of your own, or an id. They may widen more than the classes say: read them before you publish.</p>
      {world.unseen.length === 0 ? null : (
        <DataTable
          caption="What the changed rules turn on" rows={world.unseen} rowKey={(m) => m.text}
          columns={[
            { id: "text", head: "Turns on", cell: (m) => <Code style={{ overflowWrap: "anywhere" }}>{m.text || "an empty text"}</Code> },
            { id: "place", head: "First in", cell: (m) => <LinkTo to="/policies" search={{ file: m.path }}>{m.path}:{m.row}</LinkTo> },
          ]}
        />
      )}
      {world.not_asked.length === 0 ? null : <p className={classes.quiet}>There are more actions and types than are asked about: {listWords(world.not_asked)}.</p>}
    </Panel>
  );
}

function Live({ live }: { live: Impact["live"] }) {
  const touched = Object.entries(live.by_kind) as [ImpactKind, { keys: number }][];
  return (
    <Panel title="Keys that stand" actions={<Group gap="xs">{touched.map(([kind, t]) => <ToneBadge key={kind} tone={kindWords[kind].tone}>{kindWords[kind].title}: {count(t.keys, "key")}</ToneBadge>)}</Group>}>
      {live.keys === 0 ? <p className={classes.quiet}>No live key would be answered otherwise.{live.truncated ? " Not every key was asked about all: those that were are a fair sample." : ""}</p> : (
        <>
          <p className={classes.quiet} style={{ margin: 0 }}>{count(live.keys, "key")} of {count(live.owners, "owner")}, in {count(live.workspaces, "workspace")}.{live.truncated ? " Not every key was asked about all: those that were are a fair sample." : ""}</p>
          <DataTable
            caption="Live keys that are touched" rows={live.sample} rowKey={(f) => [f.key.id, f.kind, f.action, f.resource_type, f.resource_id, f.after].join(" ")}
            columns={[
              { id: "key", head: "Key", cell: (f) => <KeyLink id={f.key.id} owner={f.owner} name={f.key.name} /> },
              { id: "owner", head: "Owner", cell: (f) => `${f.owner.type} ${f.owner.id}` },
              { id: "asks", head: "Asks", cell: (f) => <>{f.action} on {f.resource_type} <Code>{f.resource_id}</Code></> },
              { id: "turn", head: "Turns", cell: (f) => <Turn before={f.before} after={f.after} /> },
            ]}
          />
        </>
      )}
    </Panel>
  );
}

function Logged({ logged, label }: { logged: Impact["logged"]; label: string }) {
  const { keys, sample } = logged;
  const byKind = Object.entries(logged.by_kind) as [ImpactKind, number][];
  return (
    <Panel title={`Decisions of ${label}`} actions={<Group gap="xs">{byKind.map(([kind, n]) => <ToneBadge key={kind} tone={kindWords[kind].tone}>{kindWords[kind].title}: {n.toLocaleString("en")}</ToneBadge>)}</Group>}>
      <p className={classes.quiet} style={{ margin: 0 }}>
        {logged.evaluated === 0 ? (logged.not_replayable === 0 ? "Nothing was decided in this time." : `None of the ${count(logged.not_replayable, "decision")} could be made again: what is read for them has changed since.`) : `${count(logged.evaluated, "decision was", "decisions were")} made again, each at its own moment: ${logged.changed === 0 ? "all come out the same" : `${logged.changed.toLocaleString("en")} would have come out otherwise`}.`}
        {logged.evaluated > 0 && logged.not_replayable > 0 ? ` ${count(logged.not_replayable, "other")} could not be: what is read for them has changed since.` : ""}
        {logged.truncated ? " The draft ran past its time so often that the rest was not asked of it." : ""}
      </p>
      {keys.length === 0 ? null : (
        <DataTable
          caption="Keys whose decisions change most" rows={keys.slice(0, 10)} rowKey={(k) => k.key_id}
          columns={[
            { id: "key", head: "Key", cell: (k) => <KeyLink id={k.key_id} owner={k.owner} /> },
            { id: "owner", head: "Owner", cell: (k) => `${k.owner.type} ${k.owner.id}` },
            { id: "changed", head: "Decisions otherwise", end: true, cell: (k) => <span className="sg-numbers">{k.changed.toLocaleString("en")}</span> },
          ]}
        />
      )}
      {sample.length === 0 ? null : (
        <DataTable
          caption="Decisions that would have come out otherwise" rows={sample} rowKey={(f) => f.decision_id}
          columns={[
            { id: "decision", head: "Decision", cell: (f) => <LinkTo to="/decisions" search={{ decision: f.decision_id }}>{f.decision_id.slice(0, 12)}…</LinkTo> },
            { id: "key", head: "Asked by", cell: (f) => (f.subject ? <>{f.subject.type} <Code>{f.subject.id}</Code></> : <KeyLink id={f.key_id} owner={keys.find((k) => k.key_id === f.key_id)?.owner} />) },
            { id: "asks", head: "Asked", cell: (f) => <>{f.action} on {f.resource_type} <Code>{f.resource_id}</Code></> },
            { id: "turn", head: "Turns", cell: (f) => <Turn before={f.before.error ? "" : f.before.code} after={f.after.error ? "" : f.after.code} /> },
          ]}
        />
      )}
    </Panel>
  );
}

