import { Group, SegmentedControl, Skeleton, Switch } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { type Tone, ToneBadge } from "../ui/StatusBadge";
import type { Change, FileChange } from "./draft";
import classes from "./policies.module.css";

const DiffView = lazy(() => import("./DiffView"));

const words: Record<Change, { tone: Tone; word: string; icon: typeof IconPlus }> = {
  added: { tone: "good", word: "Added", icon: IconPlus },
  changed: { tone: "warn", word: "Changed", icon: IconPencil },
  removed: { tone: "bad", word: "Removed", icon: IconMinus },
};

export function ChangeBadge({ change }: { change: Change }) {
  const { tone, word, icon: Icon } = words[change];
  return <ToneBadge tone={tone} icon={<Icon size={13} aria-hidden />}>{word}</ToneBadge>;
}

/** How differences are shown: one under the other, or beside each other where there is room; what is the same folded up, or whole. */
export interface Way {
  sides: boolean;
  whole: boolean;
  control: ReactNode;
}

export function useWay(): Way {
  const narrow = useMediaQuery("(max-width: 61.99em)", false, { getInitialValueInEffect: false });
  const [sides, setSides] = useState(false);
  const [whole, setWhole] = useState(false);
  return {
    sides: sides && !narrow,
    whole,
    control: (
      <Group gap="sm">
        <Switch size="sm" label="Whole files" checked={whole} onChange={(e) => setWhole(e.currentTarget.checked)} />
        {narrow ? null : <SegmentedControl size="xs" aria-label="How differences are shown" value={sides ? "sides" : "unified"} onChange={(v) => setSides(v === "sides")} data={[{ value: "unified", label: "Unified" }, { value: "sides", label: "Side by side" }]} />}
      </Group>
    ),
  };
}

/** What differs, a file under the other. */
export function Changes({ changes, way, actions }: { changes: readonly FileChange[]; way?: Way; actions?: (change: FileChange) => ReactNode }) {
  return changes.map((c) => (
    <section key={c.path} className={classes.diff} aria-label={c.path}>
      <div className={classes.diffhead}>
        <span className={classes.path}>{c.path}</span>
        <ChangeBadge change={c.change} />
        <span style={{ flex: 1 }} />
        {actions?.(c)}
      </div>
      <Suspense fallback={<div aria-busy><Skeleton height={120} radius={0} /></div>}><DiffView label={c.path} before={c.before} after={c.after} sides={way?.sides ?? false} whole={way?.whole ?? false} /></Suspense>
    </section>
  ));
}
