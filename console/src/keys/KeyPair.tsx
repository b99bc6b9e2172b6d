import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Key, keyQuery } from "../api/keys";
import { LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { TimeAgo } from "../ui/TimeAgo";
import { exact } from "../ui/time";
import { KeyState } from "./columns";
import classes from "./Keys.module.css";
import { isLive } from "./status";
import { useLastUse } from "./useLastUse";

/** The old key and the new, side by side, while both secrets work. */
export function KeyPair({ keyRecord: key, log }: { keyRecord: Key; log: boolean }) {
  const otherID = key.replaced_by ?? key.replaces;
  const other = useQuery({ ...keyQuery(otherID ?? ""), enabled: Boolean(otherID), refetchInterval: 15_000 }).data;
  if (!other) return null;
  const [old, next] = key.replaced_by ? [key, other] : [other, key];
  if (!isLive(old) || !old.replaced_by || !old.expires_at || next.revoked_at) return null;
  return <Pair old={old} next={next} here={key.id} ends={old.expires_at} log={log} />;
}

function Pair({ old, next, here, ends, log }: { old: Key; next: Key; here: string; ends: string; log: boolean }) {
  const uses = { old: useLastUse(old, { log, every: 15_000 }), next: useLastUse(next, { log, every: 15_000 }) };
  const moved = uses.next.at !== null;
  const quiet = uses.old.at === null || (uses.next.at !== null && Date.parse(uses.next.at) > Date.parse(uses.old.at));
  return (
    <Panel title="Two secrets work" padded>
      <Text size="sm" mb="sm">
        The old one stops on {exact(new Date(ends))}. {quiet && moved ? "The new one was used last: look that nothing uses the old one before it stops." : moved ? "The old one is still in use: change what sends it." : "No use of the new one is on record yet: put it where the old one is."}
      </Text>
      <div className={classes.pair}>
        <Half label="Old" keyRecord={old} use={uses.old} here={old.id === here} />
        <Half label="New" keyRecord={next} use={uses.next} here={next.id === here} />
      </div>
    </Panel>
  );
}

function Half({ label, keyRecord: key, use, here }: { label: string; keyRecord: Key; use: ReturnType<typeof useLastUse>; here: boolean }) {
  return (
    <div className={classes.half} data-here={here}>
      <Text size="sm" fw={600}>{label}{here ? " (this key)" : ""}</Text>
      <div className={classes.hint}>{key.hint}</div>
      <div style={{ margin: "0.4rem 0" }}><KeyState keyRecord={key} /></div>
      <Text size="xs" c="dimmed">Last used: <TimeAgo at={use.at} none={use.never ? "never" : "not on record"} /></Text>
      {here ? null : <LinkTo to="/keys/$key" params={{ key: key.id }} size="xs">Open the {label.toLowerCase()} key</LinkTo>}
    </div>
  );
}
