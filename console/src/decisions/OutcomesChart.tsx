import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import type { Bucket } from "../api/decisions";
import { exact, shortNumber } from "../ui/time";
import { zoomed } from "./filters";
import classes from "./OutcomesChart.module.css";

interface Props {
  buckets: readonly Bucket[];
  step: number;
  /** A part of time was drawn over the plot. */
  onZoom?: (window: { from: string; until: string }) => void;
  height?: number;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** Decisions are counted: no line of the plot stands between two of them. */
const wholes = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

/** A moment of the axis, with its day below it where that is another than the one before. */
function tick(seconds: number, before: number | undefined): string {
  const at = new Date(seconds * 1000);
  const named = day.format(at);
  return before !== undefined && day.format(new Date(before * 1000)) === named ? clock.format(at) : `${clock.format(at)}\n${named}`;
}

/**
 * Allowed and denied over time, denied on top. A picture: its numbers stand in a table beside it, which the keyboard and a screen
 * reader can read.
 */
export function OutcomesChart({ buckets, step, onZoom, height = 180 }: Props) {
  const scheme = useComputedColorScheme("light");
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [at, setAt] = useState<number | null>(null);

  useEffect(() => {
    const target = box.current;
    if (!target) return;
    const colour = (name: string) => getComputedStyle(target).getPropertyValue(name).trim();
    const text = colour("--mantine-color-dimmed");
    const line = colour("--sg-line");
    const bars = uPlot.paths.bars!({ size: [0.82, 40], gap: 0 });
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 }, font: "11px system-ui, sans-serif" };
    const made = new uPlot({
      width: target.clientWidth,
      height,
      // The last mark of time may stand at the very end: half of it needs room.
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.08)] } },
      axes: [{ ...axis, values: (_u, ticks) => ticks.map((t, i) => tick(t, ticks[i - 1])) }, { ...axis, size: 46, incrs: wholes, values: (_u, ticks) => ticks.map(shortNumber) }],
      series: [
        {},
        // The sum is drawn first, and what was allowed over it: what of the sum stays to be seen is what was denied.
        { label: "Denied", fill: colour("--sg-chart-denied"), paths: bars, points: { show: false } },
        { label: "Allowed", fill: colour("--sg-chart-allowed"), paths: bars, points: { show: false } },
      ],
      hooks: {
        setSelect: [(u) => {
          const window = u.select.width > 4 ? zoomed(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")) : null;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (window) zoom.current?.(window);
        }],
        setCursor: [(u) => setAt(u.cursor.idx ?? null)],
      },
    }, [[], [], []], target);
    plot.current = made;
    const resized = new ResizeObserver(() => target.clientWidth > 0 && made.setSize({ width: target.clientWidth, height }));
    resized.observe(target);
    return () => {
      resized.disconnect();
      plot.current = null;
      made.destroy();
    };
    // The colours of another scheme are others.
  }, [height, scheme]);

  useEffect(() => {
    // A bar stands in the middle of its bucket.
    const x = buckets.map((b) => Date.parse(b.at) / 1000 + step / 2);
    plot.current?.setData([x, buckets.map((b) => b.allowed + b.denied), buckets.map((b) => b.allowed)]);
  }, [buckets, step, scheme, height]);

  const bucket = at === null ? null : buckets[at];
  return (
    <div aria-hidden className={onZoom ? classes.zooms : undefined}>
      <div ref={box} className={classes.plot} style={{ height }} />
      <div className={classes.legend}>
        <span><i className={classes.allowed} />Allowed{bucket ? ` ${shortNumber(bucket.allowed)}` : ""}</span>
        <span><i className={classes.denied} />Denied{bucket ? ` ${shortNumber(bucket.denied)}` : ""}</span>
        <span className={bucket ? classes.when : `${classes.when} ${classes.hint}`}>{bucket ? exact(new Date(bucket.at)) : onZoom ? "Drag over the plot to zoom in" : ""}</span>
      </div>
    </div>
  );
}
