import { Text } from "@mantine/core";
import type { Key, UseSummary } from "../api/keys";
import type { Column } from "../ui/DataTable";
import { LinkTo } from "../ui/links";
import { StatusBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import { day } from "../ui/time";
import { UsageBars } from "../ui/UsageBars";
import classes from "./Keys.module.css";
import { reachShort } from "./scope";
import { statusNote, statusOf } from "./status";
import { bucketsOf, lastUsed, neverUsed, noneWords } from "./use";

export function KeyState({ keyRecord: key }: { keyRecord: Key }) {
  const note = statusNote(key);
  return <span className={classes.state}><StatusBadge status={statusOf(key)} />{note ? <span className={classes.note}>{note}</span> : null}</span>;
}

/** The key's name, and the end of its secret. `open` is whether its page is for who reads the list. */
export const nameColumn = (open = true): Column<Key> => ({
  id: "name",
  head: "Name",
  cell: (key) => (
    <div>
      {open ? <LinkTo to="/keys/$key" params={{ key: key.id }} fw={600} size="sm" underline="hover" style={{ overflowWrap: "anywhere" }}>{key.name}</LinkTo> : <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>{key.name}</Text>}
      <div className={classes.hint}>{key.hint || key.id}</div>
    </div>
  ),
});

export const stateColumn: Column<Key> = { id: "state", head: "State", cell: (key) => <KeyState keyRecord={key} /> };
export const reachColumn: Column<Key> = { id: "reach", head: "Reaches", cell: (key) => reachShort(key) };
/** By the record, and by a summary of all that the keys did, where there is one. One that tells of a part, such as one workspace, is no proof that a key was never used. */
export const usedColumn = (summary: UseSummary | undefined, part = false): Column<Key> => ({
  id: "used",
  head: "Last used",
  cell: (key) => <TimeAgo at={lastUsed(key, summary)} none={!part && neverUsed(key, summary) ? "Never" : noneWords} />,
});
export const expiresColumn: Column<Key> = { id: "expires", head: "Expires", cell: (key) => (key.expires_at ? <span className="sg-numbers">{day(new Date(key.expires_at))}</span> : "Never") };

/** Two weeks of use, a bar a day; no bar where it was not counted. */
export const usageColumn = (summary: UseSummary): Column<Key> => ({
  id: "use",
  head: "14 days",
  width: 110,
  cell: (key) => {
    const buckets = bucketsOf(summary, key.id);
    return buckets ? <UsageBars buckets={buckets} label="In 14 days" /> : <Text size="xs" c="dimmed">Not counted</Text>;
  },
});
