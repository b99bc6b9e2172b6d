import { SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Key, keyOutcomesQuery, type UseSpan, type UseSummary } from "../api/keys";
import { codeLabel } from "../decisions/codes";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { shortNumber } from "../ui/time";
import classes from "./Keys.module.css";
import type { MayDo } from "./may";
import type { PlaceState } from "./names";

const spans: { value: UseSpan; label: string }[] = [
  { value: "24h", label: "24 hours" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
];

/** What came of the requests with a key, over time. */
export function KeyOutcomes({ keyRecord: key, may, place }: { keyRecord: Key; may: MayDo; place: PlaceState }) {
  const [span, setSpan] = useState<UseSpan>("7d");
  const allowed = may("decision_log.read");
  const use = useQuery({ ...keyOutcomesQuery(key, span), enabled: allowed, placeholderData: (old) => old });
  if (place.error) return <Panel title="Requests" padded><ProblemAlert error={place.error} title="What you may do with this key can't be told" retry={place.retry} /></Panel>;
  if (place.loading) return <Panel title="Requests" padded><div aria-busy><Skeleton height={190} /></div></Panel>;
  if (!allowed) return <Panel title="Requests" padded><Text size="sm" c="dimmed">{key.type === "personal" ? "By the policy in force nobody reads what was asked with their own keys." : `What was asked with this key is for ${key.type === "workspace" ? "the workspace's" : "its owner's"} admins to read.`}</Text></Panel>;
  return (
    <Panel title="Requests" actions={<SegmentedControl size="xs" value={span} onChange={(v) => setSpan(v as UseSpan)} data={spans} aria-label="Over how long" />} padded>
      {use.error ? <ProblemAlert error={use.error} title="The requests can't be counted" /> : use.data ? <Chart summary={use.data} /> : <Skeleton height={190} />}
    </Panel>
  );
}

function Chart({ summary }: { summary: UseSummary }) {
  const { buckets, total } = summary;
  const most = Math.max(1, ...buckets.map((b) => b.allowed + b.denied));
  const step = 100 / Math.max(1, buckets.length);
  const denials = Object.entries(summary.codes).filter(([code, n]) => code !== "allowed" && n > 0).sort((a, b) => b[1] - a[1]);
  const nothing = total.allowed + total.denied === 0;
  return (
    <div>
      <div className={classes.legend}>
        <span><span className={`${classes.swatch} ${classes.allowed}`} aria-hidden /><strong>{shortNumber(total.allowed)}</strong> allowed</span>
        <span><span className={`${classes.swatch} ${classes.denied}`} aria-hidden /><strong>{shortNumber(total.denied)}</strong> denied <span className={classes.note}>(on top)</span></span>
      </div>
      <svg className={classes.chart} viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={`Requests over time: ${total.allowed} allowed, ${total.denied} denied; at most ${most} at a time`}>
        {[0.5, 50, 99.5].map((y) => <line key={y} className={classes.rule} x1={0} x2={100} y1={y} y2={y} />)}
        {buckets.map((b, i) => {
          const up = ((b.allowed + b.denied) / most) * 98;
          const down = (b.denied / most) * 98;
          return (
            <g key={b.at}>
              <title>{`${tick(b.at, summary)}: ${b.allowed} allowed, ${b.denied} denied`}</title>
              <rect x={i * step} y={0} width={step} height={100} fill="transparent" />
              {b.allowed > 0 ? <rect className={classes.allowed} x={i * step + step * 0.1} width={step * 0.8} y={100 - up + down} height={up - down} /> : null}
              {b.denied > 0 ? <rect className={classes.denied} x={i * step + step * 0.1} width={step * 0.8} y={100 - up} height={down} /> : null}
            </g>
          );
        })}
      </svg>
      <div className={classes.axis} aria-hidden><span>{tick(buckets[0]?.at, summary)}</span><span>{nothing ? "No request yet in this time" : `${shortNumber(most)} at most ${per(summary.step_seconds)}`}</span><span>{tick(buckets.at(-1)?.at, summary)}</span></div>
      {denials.length > 0 ? <Text size="xs" c="dimmed" mt="xs">Denied for: {denials.map(([code, n]) => `${codeLabel(code)} (${shortNumber(n)})`).join(", ")}</Text> : null}
      {summary.complete ? null : <Text size="xs" c="dimmed" mt={4}>There are more than can be counted at once: what came before {summary.since ? new Date(summary.since).toLocaleString() : "the newest"} is not in this picture.</Text>}
    </div>
  );
}

const per = (seconds: number): string => (seconds >= 86_400 ? "a day (UTC)" : seconds > 3600 ? `in ${seconds / 3600} hours` : "an hour");

function tick(at: string | undefined, { step_seconds }: UseSummary): string {
  if (!at) return "";
  const date = new Date(at);
  return step_seconds >= 86_400 ? date.toLocaleDateString(undefined, { month: "short", day: "numeric", timeZone: "UTC" }) + " (UTC)" : date.toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}
