import { Button, Group, Loader, Switch, Tabs, Text } from "@mantine/core";
import { IconCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Verdict } from "../api/policies";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { PanelSkeleton } from "../ui/Skeletons";
import { ToneBadge, type Tone } from "../ui/StatusBadge";
import { count } from "../ui/words";
import classes from "./policies.module.css";
import type { CheckHandle } from "./useCheck";
import { brokenOf, duration, errorsOf, failureOf, sortedDiagnostics, sortedTests, standing, testName } from "./words";

type GoTo = (path: string, row: number, col?: number) => void;

interface Props {
  check: CheckHandle;
  onGoTo: GoTo;
  paint: boolean;
  onPaint: (paint: boolean) => void;
}

/** What the check says of the draft, while it is written. */
export function CheckPanels({ check, onGoTo, paint, onPaint }: Props) {
  const { verdict } = check;
  if (verdict === null) return check.error ? <ProblemAlert error={check.error} title="The draft can't be checked now" retry={check.again} /> : <div aria-busy><PanelSkeleton lines={3} /></div>;
  const errors = errorsOf(verdict);
  const broken = brokenOf(verdict).length;
  return (
    <Panel title="Check" actions={<CheckBadge check={check} />}>
      {check.error ? <div className={classes.quiet}><ProblemAlert error={check.error} title="The draft can't be checked now" retry={check.again} /></div> : null}
      <Tabs defaultValue="problems" keepMounted={false}>
        <Tabs.List aria-label="What the check says" style={{ flexWrap: "wrap" }}>
          <Head value="problems" label="Problems" bad={errors} all={verdict.diagnostics.length} />
          <Head value="tests" label="Tests" bad={verdict.tests.failed} all={verdict.tests.results.length} failing="failed" />
          <Head value="invariants" label="Invariants" bad={broken} all={verdict.invariants.length} failing="broken" />
          <Head value="coverage" label="Coverage" bad={0} all={verdict.uncovered.length} text={verdict.tests.results.length === 0 ? "" : `${verdict.coverage.toFixed(verdict.coverage === 100 ? 0 : 1)} %`} />
        </Tabs.List>
        <Tabs.Panel value="problems"><Problems verdict={verdict} onGoTo={onGoTo} again={check.again} /></Tabs.Panel>
        <Tabs.Panel value="tests"><Tests verdict={verdict} onGoTo={onGoTo} /></Tabs.Panel>
        <Tabs.Panel value="invariants"><Invariants verdict={verdict} /></Tabs.Panel>
        <Tabs.Panel value="coverage"><Coverage verdict={verdict} onGoTo={onGoTo} paint={paint} onPaint={onPaint} /></Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

/** Whether the draft passes, for the eye and, politely, for the ear. */
export function CheckBadge({ check }: { check: CheckHandle }) {
  const { verdict, busy } = check;
  const tone: Tone = verdict === null ? "neutral" : verdict.ok ? "good" : "bad";
  const words = verdict === null ? "Checking…" : verdict.ok ? "Passes its check" : standing(verdict);
  return (
    <Group gap="xs" wrap="nowrap" role="status" aria-busy={busy}>
      {busy ? <Loader size={14} aria-hidden /> : null}
      <ToneBadge tone={tone}>{words}</ToneBadge>
    </Group>
  );
}

function Head({ value, label, bad, all, text, failing }: { value: string; label: string; bad: number; all: number; text?: string; failing?: string }) {
  return (
    <Tabs.Tab value={value} leftSection={bad > 0 ? <IconCircleX size={15} aria-hidden style={{ color: "var(--sg-bad)" }} /> : undefined}>
      {label} <Text span size="xs" c={bad > 0 ? undefined : "dimmed"} className="sg-numbers">{text ?? (bad > 0 && failing ? `${bad} of ${all} ${failing}` : bad > 0 && bad !== all ? `${bad} of ${all}` : all)}</Text>
    </Tabs.Tab>
  );
}

const severityTone = { error: "bad", warning: "warn", hint: "info" } as const;
const severityWord = { error: "Error", warning: "Warning", hint: "Hint" } as const;

function Go({ path, row, col, onGoTo }: { path: string; row: number; col?: number; onGoTo: GoTo }) {
  if (path === "") return <span className={classes.place}>the whole policy</span>;
  return <Button variant="subtle" size="compact-xs" className={classes.place ?? ""} onClick={() => onGoTo(path, row, col)}>{path}{row > 0 ? `:${row}` : ""}</Button>;
}

function Rows({ label, children }: { label: string; children: ReactNode }) {
  return <ul className={classes.rows} aria-label={label} tabIndex={0}>{children}</ul>;
}

function Problems({ verdict, onGoTo, again }: { verdict: Verdict; onGoTo: GoTo; again: () => void }) {
  if (verdict.diagnostics.length === 0) {
    const elsewhere = standing(verdict);
    return <p className={classes.quiet}>{elsewhere === "" ? "Nothing stands in the way, and there is nothing to hint at." : `It compiles, and there is nothing to hint at. What stands in the way: ${elsewhere}.`}</p>;
  }
  return (
    <Rows label="Problems">
      {sortedDiagnostics(verdict.diagnostics).map((d) => (
        <li key={`${d.path}:${d.row}:${d.col}:${d.code}:${d.message}`} className={classes.row}>
          <ToneBadge tone={severityTone[d.severity]}>{severityWord[d.severity]}</ToneBadge>
          <span className={classes.words}>{d.message} <Text span size="xs" c="dimmed">{d.code}</Text></span>
          {/* What ran out of time may have had to share a busy machine. */}
          {d.code === "limits" ? <Button variant="default" size="compact-xs" onClick={again}>Check again</Button> : <Go path={d.path} row={d.row} col={d.col} onGoTo={onGoTo} />}
        </li>
      ))}
    </Rows>
  );
}

function Tests({ verdict, onGoTo }: { verdict: Verdict; onGoTo: GoTo }) {
  const { results, passed, failed } = verdict.tests;
  if (results.length === 0) return <p className={classes.quiet}>No test was run: {errorsOf(verdict) > 0 ? "tests run once the draft compiles and decides." : "a test is a rule that begins with test_, in a file that ends in _test.rego."}</p>;
  const total = results.reduce((sum, t) => sum + t.duration_ms, 0);
  return (
    <>
      <p className={classes.quiet} style={{ paddingBottom: 0, marginBottom: 0 }}>{passed} passed, {failed} failed, in {duration(total)}.</p>
      <Rows label="Tests">
        {sortedTests(results).map((t) => {
          const failure = failureOf(t);
          return (
            <li key={t.path + t.name + t.row} className={classes.row}>
              {t.skip ? <ToneBadge tone="neutral">Not run</ToneBadge> : t.pass ? <ToneBadge tone="good">Passed</ToneBadge> : <ToneBadge tone="bad">Failed</ToneBadge>}
              <span className={classes.words}>
                {testName(t.name)} <Text span size="xs" c="dimmed" className="sg-numbers">{duration(t.duration_ms)}</Text>
                {t.pass || t.skip ? null : <pre className={classes.code}>{failure.text}</pre>}
                {t.output ? <pre className={classes.code} aria-label="What the test printed">{t.output}</pre> : null}
              </span>
              <Go path={t.pass ? t.path : failure.path} row={t.pass ? t.row : failure.row} onGoTo={onGoTo} />
            </li>
          );
        })}
      </Rows>
    </>
  );
}

function Invariants({ verdict }: { verdict: Verdict }) {
  if (verdict.invariants.length === 0) return <p className={classes.quiet}>They are tried once the draft compiles and decides.</p>;
  return (
    <Rows label="Invariants">
      {[...verdict.invariants].sort((a, b) => Number(a.holds) - Number(b.holds)).map((i) => (
        <li key={i.name} className={classes.row}>
          {i.holds ? <ToneBadge tone="good" icon={<IconCheck size={13} aria-hidden />}>Holds</ToneBadge> : <ToneBadge tone="bad">Broken</ToneBadge>}
          <span className={classes.words}>
            {i.promise}
            {i.witness ? <><Text size="xs" c="dimmed" mt={4}>A smallest case that breaks it:</Text><pre className={classes.code}>{i.witness}</pre></> : null}
          </span>
        </li>
      ))}
    </Rows>
  );
}

function Coverage({ verdict, onGoTo, paint, onPaint }: { verdict: Verdict; onGoTo: GoTo; paint: boolean; onPaint: (paint: boolean) => void }) {
  const byFile = new Map<string, number[]>();
  for (const { path, row } of verdict.uncovered) byFile.set(path, [...(byFile.get(path) ?? []), row]);
  if (verdict.tests.results.length === 0) return <p className={classes.quiet}>It is told once the tests run.</p>;
  return (
    <>
      <Group justify="space-between" className={classes.quiet ?? ""}>
        <span><IconInfoCircle size={14} aria-hidden style={{ verticalAlign: "-2px" }} /> {verdict.coverage.toFixed(1)} % of the lines that hold rules are evaluated by some test{byFile.size === 0 ? "." : `; ${count(verdict.uncovered.length, "line is", "lines are")} not.`}</span>
        <Switch label="Paint lines that no test evaluates" checked={paint} onChange={(e) => onPaint(e.currentTarget.checked)} size="sm" />
      </Group>
      {byFile.size === 0 ? null : (
        <Rows label="Lines that no test evaluates">
          {[...byFile].map(([path, rows]) => (
            <li key={path} className={classes.row}>
              <span className={classes.place}>{path}</span>
              <Group gap={2}>{rows.map((row) => <Button key={row} variant="subtle" size="compact-xs" aria-label={`${path}, line ${row}`} onClick={() => onGoTo(path, row)}>{row}</Button>)}</Group>
              <Text span size="xs" c="dimmed">{count(rows.length, "line")}</Text>
            </li>
          ))}
        </Rows>
      )}
    </>
  );
}
