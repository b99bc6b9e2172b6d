import { Button, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { AuditEntry } from "../api/audit";
import { type Key, keyAuditQuery, ownerOf, rotationQuery } from "../api/keys";
import { useSession } from "../api/session";
import { LinkButton } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { TimeAgo } from "../ui/TimeAgo";
import { actionWords, changedWords } from "./changes";
import classes from "./Keys.module.css";
import type { MayDo } from "./may";

/** What was done to a key, and by whom. */
export function KeyAudit({ keyRecord: key, may }: { keyRecord: Key; may: MayDo }) {
  const allowed = may("audit.read");
  const trail = useInfiniteQuery({ ...keyAuditQuery(key), enabled: allowed });
  const rotation = useQuery({ ...rotationQuery(key), enabled: allowed && Boolean(key.replaces) });
  // The oldest entry of a successor is the rotation that made it.
  const complete = trail.data && !trail.hasNextPage && (!key.replaces || !rotation.isLoading);
  const own = trail.data?.pages.flatMap((page) => page.data as AuditEntry[]);
  const entries = complete ? [...(own ?? []), ...(rotation.data ?? [])] : own;
  const owner = ownerOf(key);
  if (!allowed) return null;
  return (
    <Panel title="Audit trail" actions={<LinkButton to="/audit" search={{ owner_type: owner.type, owner_id: owner.id, target: "key " + key.id }} variant="default" size="xs">In the audit</LinkButton>}>
      {trail.error && !entries ? <div style={{ padding: "var(--mantine-spacing-md)" }}><ProblemAlert error={trail.error} retry={() => void trail.refetch()} /></div> : entries === undefined ? <Stack p="md" gap="xs" aria-busy><Skeleton height={16} /><Skeleton height={16} width="70%" /></Stack> : entries.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">Nothing that was done to this key is on record: it was imported, or stood before the audit.</Text>
      ) : (
        <ol className={classes.trail}>{entries.map((entry) => <Entry key={entry.seq} entry={entry} of={key.id} />)}</ol>
      )}
      {trail.hasNextPage ? <div className={classes.more}><Button variant="default" size="xs" loading={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>Show more</Button></div> : null}
    </Panel>
  );
}

function Entry({ entry, of }: { entry: AuditEntry; of: string }) {
  const { user } = useSession();
  const { user_id, token_id, claimed_user_id, address } = entry.actor;
  const who = user_id ? (user_id === user.id ? "you" : user_id) : (claimed_user_id ?? token_id ?? "the platform");
  const changed = changedWords(entry, of);
  return (
    <li>
      <div className={classes.trailHead}><Text component="span" size="sm" fw={600}>{entry.target.id === of ? actionWords(entry) : "Made by rotation"}</Text><Text component="span" size="xs" c="dimmed"><TimeAgo at={entry.at} /></Text></div>
      <Text size="xs" c="dimmed">by {who}{user_id && token_id ? ` through ${token_id}` : ""}{address ? ` from ${address}` : ""}{entry.reason ? `: ${entry.reason.replaceAll("_", " ")}` : ""}</Text>
      {changed.length > 0 ? <ul className={classes.changed}>{changed.map((c) => <li key={c}>{c}</li>)}</ul> : null}
    </li>
  );
}
