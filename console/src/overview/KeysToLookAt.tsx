import { Skeleton, Stack, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { ownerKeysQuery } from "../api/explain";
import type { Key } from "../api/keys";
import { useSession } from "../api/session";
import { usePlace } from "../shell/place";
import { LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { TimeAgo } from "../ui/TimeAgo";
import { useViews } from "../views/useViews";
import classes from "./OverviewPage.module.css";

const day = 86_400_000;

/** How many of each owner's keys are looked through: one call's most. They come newest first, and the soonest to expire may be the oldest. */
const most = 200;

/** Keys of one's own, and of the chosen place, that somebody should look at. */
export function KeysToLookAt({ which }: { which: "expiring" | "unused" }) {
  const { user } = useSession();
  const here = usePlace();
  const views = useViews("keys.list");
  // To the minute of the first look: a moment that moved would ask anew each time.
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const filter = which === "expiring" ? { expires_before: new Date(now + 14 * day).toISOString() } : { unused_since: new Date(now - 90 * day).toISOString() };
  const places = here?.kind === "workspace" ? views.workspaces : views.organizations;
  const place = here && places.find((p) => p.id === here.id);
  const mine = user.may.includes("keys.list");
  const owners = [...(mine ? [{ owner_type: "user" as const, owner_id: user.id }] : []), ...(place && here ? [{ owner_type: here.kind, owner_id: here.id }] : [])];
  const found = useQueries({ queries: owners.map((o) => ownerKeysQuery({ ...o, ...filter, status: "active", limit: most })) });
  const error = found.find((f) => f.error)?.error;
  const loading = found.some((f) => f.isPending);
  const keys = found.flatMap((f) => f.data?.data ?? []);
  const unread = found.some((f) => f.data?.pagination.has_more);
  if (which === "expiring") keys.sort((a, b) => (a.expires_at ?? "").localeCompare(b.expires_at ?? ""));
  const whose = place ? (mine ? `key of yours or of ${place.name || place.id}` : `key of ${place.name || place.id}`) : "key of yours";
  if (owners.length === 0) return null;
  return (
    <Panel title={which === "expiring" ? "Keys that expire soon" : "Keys unused for 90 days"}>
      {error ? <Stack p="md"><ProblemAlert error={error} retry={() => found.forEach((f) => void f.refetch())} /></Stack> : null}
      {!error && loading ? <Stack gap="sm" p="md"><Skeleton height={16} /><Skeleton height={16} width="70%" /></Stack> : null}
      {!error && !loading && keys.length === 0 ? <Text size="sm" c="dimmed" p="md">{which === "expiring" ? `No ${whose} expires within 14 days.` : `No ${whose} went unused for 90 days.`}</Text> : null}
      {!error && keys.length > 0 ? <ul className={classes.rows}>{keys.slice(0, 8).map((k) => <li key={k.id}><Name of={k} /><Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>{which === "expiring" ? <>expires <TimeAgo at={k.expires_at} /></> : k.last_used_at ? <>used <TimeAgo at={k.last_used_at} /></> : <>no use on record, made <TimeAgo at={k.created_at} /></>}</Text></li>)}</ul> : null}
      {unread ? <Text size="xs" c="dimmed" px="md" pb="sm">There are more than {most}: these are of the newest. Look through the lists of keys.</Text> : keys.length > 8 ? <Text size="xs" c="dimmed" px="md" pb="sm">And {keys.length - 8} more: look through the lists of keys.</Text> : null}
    </Panel>
  );
}

const owners: Record<Key["type"], string> = { personal: "personal", workspace: "workspace key", organization: "organization key" };

function Name({ of: key }: { of: Key }) {
  return <span style={{ minWidth: 0, overflowWrap: "anywhere" }}><LinkTo to="/keys/$key" params={{ key: key.id }} size="sm">{key.name}</LinkTo> <Text span size="xs" c="dimmed">{owners[key.type]}</Text></span>;
}
