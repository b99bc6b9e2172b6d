import { SegmentedControl, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { ExplanationStep } from "../api/decisions";
import { useMay } from "../api/session";
import { LinkTo } from "../ui/links";
import { ruleName, type StepFilter, stepsOf, valueText } from "./words";
import classes from "./Trace.module.css";

/** The rules that were evaluated, in their order: which fired, and at which expression the others stopped, on which values. */
export function Trace({ steps, truncated }: { steps: readonly ExplanationStep[]; truncated: boolean }) {
  const [filter, setFilter] = useState<StepFilter>("all");
  const fired = steps.filter((s) => s.fired).length;
  const shown = stepsOf(steps, filter);
  return (
    <Stack gap="xs">
      <SegmentedControl
        size="xs"
        aria-label="Which rules"
        value={filter}
        onChange={(v) => setFilter(v as StepFilter)}
        data={[{ value: "all", label: `All ${steps.length}` }, { value: "fired", label: `Fired ${fired}` }, { value: "failed", label: `Did not ${steps.length - fired}` }]}
        style={{ alignSelf: "flex-start" }}
      />
      <ol className={classes.steps}>
        {shown.map((step, i) => <Step key={`${step.rule}${step.path}${step.row}${i}`} step={step} />)}
      </ol>
      {truncated ? <Text size="sm" c="dimmed">More was evaluated than is told here.</Text> : null}
    </Stack>
  );
}

function Step({ step }: { step: ExplanationStep }) {
  const { failed } = step;
  return (
    <li className={classes.step} style={{ paddingInlineStart: `${Math.min(step.depth, 6) * 0.9}rem` }}>
      <span className={step.fired ? classes.fired : classes.failed}>
        {step.fired ? <IconCheck size={15} aria-hidden /> : <IconX size={15} aria-hidden />}
        <VisuallyHidden>{step.fired ? "Fired: " : "Did not fire: "}</VisuallyHidden>
      </span>
      <div className={classes.what}>
        <div className={classes.line}>
          <code className={classes.rule}>{ruleName(step.rule)}</code>
          <Place path={step.path} row={step.row} />
          {step.more ? <Text span size="xs" c="dimmed">and {step.more} times more</Text> : null}
        </div>
        {step.fired && step.value !== undefined && step.value !== true ? <code className={classes.value}>= {valueText(step.value)}</code> : null}
        {failed ? (
          <div className={classes.expression}>
            <div className={classes.line}><Text span size="xs" c="dimmed">stopped at</Text> <Place path={failed.path} row={failed.row} /></div>
            <pre tabIndex={0} aria-label="The expression that did not hold">{failed.text}</pre>
            {failed.values.length > 0 ? (
              <dl className={classes.values}>
                {failed.values.map((v) => (
                  <div key={v.name}>
                    <dt><code>{v.name}</code></dt>
                    <dd>{v.undefined ? <em>undefined</em> : <code>{valueText(v.value)}</code>}{v.cut ? <Text span size="xs" c="dimmed"> (cut short)</Text> : null}</dd>
                  </div>
                ))}
              </dl>
            ) : null}
          </div>
        ) : null}
      </div>
    </li>
  );
}

function Place({ path, row }: { path: string; row: number }) {
  const mayRead = useMay("policies.read");
  const text = `${path}:${row}`;
  return mayRead ? <LinkTo to="/policies" search={{ file: path }} size="xs">{text}</LinkTo> : <Text span size="xs" c="dimmed">{text}</Text>;
}
