import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import type { Summary } from "../api/decisions";
import { DataTable } from "../ui/DataTable";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { exact, shortNumber } from "../ui/time";
import { count } from "../ui/words";
import { OutcomesChart } from "./OutcomesChart";
import classes from "./OutcomesPanel.module.css";

interface Props {
  title: string;
  summary: Summary | undefined;
  error: unknown;
  retry: () => void;
  onZoom?: (window: { from: string; until: string }) => void;
  height?: number;
  /** What chooses the time, beside what the panel has itself. */
  actions?: ReactNode;
  /** What stands below. */
  children?: ReactNode;
}

/** Outcomes over time: a plot, or the same figures as a table. */
export function OutcomesPanel({ title, summary, error, retry, onZoom, height = 180, actions, children }: Props) {
  const [table, setTable] = useState(false);
  return (
    <Panel
      title={title}
      actions={
        <Group gap="sm">
          {summary ? <Text size="sm" className="sg-numbers">{words(summary)}</Text> : null}
          {actions}
          <Button size="compact-sm" variant="default" aria-pressed={table} leftSection={table ? <IconChartBar size={15} aria-hidden /> : <IconTable size={15} aria-hidden />} onClick={() => setTable(!table)}>{table ? "Show the plot" : "Show as a table"}</Button>
        </Group>
      }
    >
      <div className={classes.body}>
        {error ? <ProblemAlert error={error} title="The counts can't be shown" retry={retry} /> : null}
        {!error && !summary ? <Skeleton height={height + 30} /> : null}
        {summary && !summary.complete ? <Text size="sm" c="dimmed" mb="xs">There were too many decisions to count them all: before {summary.since ? exact(new Date(summary.since)) : "this"} the counts are not whole. Narrow the window or the filters.</Text> : null}
        {summary ? (table ? <Figures summary={summary} {...(onZoom ? { onZoom } : {})} height={height} /> : <OutcomesChart buckets={summary.buckets} step={summary.step_seconds} height={height} {...(onZoom ? { onZoom } : {})} />) : null}
        {children}
      </div>
    </Panel>
  );
}

function Figures({ summary, onZoom, height }: { summary: Summary; onZoom?: (window: { from: string; until: string }) => void; height: number }) {
  const rows = summary.buckets.filter((b) => b.allowed + b.denied > 0).reverse();
  const span = (at: string) => ({ from: at, until: new Date(Date.parse(at) + summary.step_seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z") });
  return (
    <div className={classes.figures} style={{ maxHeight: height + 60 }} tabIndex={0} role="region" aria-label="Figures">
      <DataTable
        caption={`Allowed and denied, each ${lengthWords(summary.step_seconds)}; times without a decision are left out`}
        columns={[
          { id: "at", head: "From", cell: (b) => (onZoom ? <Button size="compact-sm" variant="subtle" onClick={() => onZoom(span(b.at))} aria-label={`Zoom in to ${exact(new Date(b.at))}`}>{exact(new Date(b.at))}</Button> : exact(new Date(b.at))) },
          { id: "allowed", head: "Allowed", end: true, cell: (b) => <span className="sg-numbers">{shortNumber(b.allowed)}</span> },
          { id: "denied", head: "Denied", end: true, cell: (b) => <span className="sg-numbers">{shortNumber(b.denied)}</span> },
        ]}
        rows={rows}
        rowKey={(b) => b.at}
        empty={<Text size="sm" c="dimmed" p="md">No decision was made in this time.</Text>}
      />
    </div>
  );
}

function lengthWords(seconds: number): string {
  if (seconds < 3600) return count(seconds / 60, "minute");
  return seconds < 86_400 ? count(seconds / 3600, "hour") : count(seconds / 86_400, "day");
}

function words({ total }: Summary): string {
  return `${shortNumber(total.allowed)} allowed, ${shortNumber(total.denied)} denied`;
}
