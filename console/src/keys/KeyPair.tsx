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

/** The old key and the new, side by side, while both secrets work. */
export function KeyPair({ keyRecord: key }: { keyRecord: Key }) {
  const otherID = key.replaced_by ?? key.replaces;
  const other = useQuery({ ...keyQuery(otherID ?? ""), enabled: Boolean(otherID), refetchInterval: 15_000 }).data;
  if (!other) return null;
  const [old, next] = key.replaced_by ? [key, other] : [other, key];
  if (!isLive(old) || !old.replaced_by || !old.expires_at || next.revoked_at) return null;
  const moved = next.last_used_at !== null;
  const quiet = old.last_used_at === null || (moved && Date.parse(next.last_used_at ?? "") > Date.parse(old.last_used_at));
  return (
    <Panel title="Two secrets work" padded>
      <Text size="sm" mb="sm">
        The old one stops on {exact(new Date(old.expires_at))}. {quiet && moved ? "The new one was used last: look that nothing uses the old one before it stops." : moved ? "The old one is still in use: change what sends it." : "The new one was not used yet: put it where the old one is."}
      </Text>
      <div className={classes.pair}>
        <Half label="Old" keyRecord={old} here={old.id === key.id} />
        <Half label="New" keyRecord={next} here={next.id === key.id} />
      </div>
    </Panel>
  );
}

function Half({ label, keyRecord: key, here }: { label: string; keyRecord: Key; here: boolean }) {
  return (
    <div className={classes.half} data-here={here}>
      <Text size="sm" fw={600}>{label}{here ? " (this key)" : ""}</Text>
      <div className={classes.hint}>{key.hint}</div>
      <div style={{ margin: "0.4rem 0" }}><KeyState keyRecord={key} /></div>
      <Text size="xs" c="dimmed">Last used <TimeAgo at={key.last_used_at} none="never" /></Text>
      {here ? null : <LinkTo to="/keys/$key" params={{ key: key.id }} size="xs">Open the {label.toLowerCase()} key</LinkTo>}
    </div>
  );
}
