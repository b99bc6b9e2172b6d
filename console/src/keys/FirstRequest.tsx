import { Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type Key, keyDecisionsQuery, keyQuery } from "../api/keys";
import classes from "./Keys.module.css";
import type { Names } from "./scope";

const everyMs = 2000;

/** Waits for the first request with a new key, and says what came: in the decision log where one may read it, else by the record's last use. */
export function FirstRequest({ keyRecord, names }: { keyRecord: Key; names: Names }) {
  const log = useQuery({
    ...keyDecisionsQuery(keyRecord, 1),
    queryKey: ["decisions", "first", keyRecord.id],
    refetchInterval: (query) => (query.state.error || query.state.data?.data[0]?.allow ? false : everyMs),
    staleTime: 0, gcTime: 0, retry: false,
  });
  const noLog = log.isError;
  const record = useQuery({
    ...keyQuery(keyRecord.id),
    queryKey: ["keys", "first", keyRecord.id],
    enabled: noLog,
    refetchInterval: (query) => (query.state.data?.last_used_at ? false : everyMs),
    staleTime: 0, gcTime: 0, retry: false,
  });
  const last = log.data?.data[0];
  const used = noLog && record.data?.last_used_at;
  const state = last ? (last.allow ? "came" : "refused") : used ? "came" : "waiting";
  return (
    <div className={`${classes.waiting} ${state === "waiting" ? "" : classes[state]}`} role="status" data-state={state}>
      {state === "waiting" ? <Loader size={18} aria-hidden /> : state === "came" ? <IconCircleCheck size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>{state === "waiting" ? "Waiting for the first request…" : state === "came" ? "The first request came: it works." : "A request came, and was refused."}</Text>
        <Text size="xs">
          {last ? <><code>{last.action || "No action"}</code> on {names.workflows[last.resource.id] || last.resource.id}{last.client_ip ? <> from {last.client_ip}</> : null}{last.allow ? null : <>: {last.code.replaceAll("_", " ")}</>}</> : used ? "The key was used." : noLog ? "Its use shows here, up to a minute late." : "Send one of the samples above: what came of it shows here."}
        </Text>
      </div>
    </div>
  );
}
