import { SegmentedControl, Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { ToneBadge } from "../ui/StatusBadge";
import type { Change, FileChange } from "./draft";
import classes from "./policies.module.css";

const DiffView = lazy(() => import("./DiffView"));

export function ChangeBadge({ change }: { change: Change }) {
  const { tone, word } = { added: { tone: "good", word: "Added" }, changed: { tone: "warn", word: "Changed" }, removed: { tone: "bad", word: "Removed" } }[change] as { tone: "good" | "warn" | "bad"; word: string };
  return <ToneBadge tone={tone} icon={null}>{word}</ToneBadge>;
}

/** How differences are shown: one under the other, or beside each other where there is room. */
export function useSides(): { sides: boolean; control: ReactNode } {
  const narrow = useMediaQuery("(max-width: 61.99em)", false, { getInitialValueInEffect: false });
  const [sides, setSides] = useState(false);
  return {
    sides: sides && !narrow,
    control: narrow ? null : <SegmentedControl size="xs" aria-label="How differences are shown" value={sides ? "sides" : "unified"} onChange={(v) => setSides(v === "sides")} data={[{ value: "unified", label: "Unified" }, { value: "sides", label: "Side by side" }]} />,
  };
}

/** What differs, a file under the other. */
export function Changes({ changes, sides, actions }: { changes: readonly FileChange[]; sides: boolean; actions?: (change: FileChange) => ReactNode }) {
  return changes.map((c) => (
    <section key={c.path} className={classes.diff} aria-label={c.path}>
      <div className={classes.diffhead}>
        <span className={classes.path}>{c.path}</span>
        <ChangeBadge change={c.change} />
        <span style={{ flex: 1 }} />
        {actions?.(c)}
      </div>
      <Suspense fallback={<Skeleton height={120} radius={0} />}><DiffView label={c.path} before={c.before} after={c.after} sides={sides} /></Suspense>
    </section>
  ));
}
