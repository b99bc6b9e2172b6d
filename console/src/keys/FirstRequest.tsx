import { Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type Key, keyDecisionsQuery, keyQuery } from "../api/keys";
import { codeLabel } from "../decisions/codes";
import { firstRequestState, type FirstRequestState, isNoLog, isSignedOut } from "./firstRequest";
import classes from "./Keys.module.css";
import type { Names } from "./scope";

const everyMs = 2000;

const titles: Record<FirstRequestState, string> = {
  waiting: "Waiting for the first request…",
  came: "The first request came: it works.",
  refused: "A request came, and was refused.",
  used: "The key was used.",
};
const icons: Record<FirstRequestState, React.ReactNode> = {
  waiting: <Loader size={18} aria-hidden />,
  came: <IconCircleCheck size={20} aria-hidden />,
  refused: <IconAlertTriangle size={20} aria-hidden />,
  used: <IconInfoCircle size={20} aria-hidden />,
};

/**
 * Waits for the first request with a new key, and says what came of it: in the decision log where there is one to be read. Else the
 * record's last use tells that there was one, and a refused one counts there too.
 */
export function FirstRequest({ keyRecord, names }: { keyRecord: Key; names: Names }) {
  const log = useQuery({
    ...keyDecisionsQuery(keyRecord, 1),
    queryKey: ["decisions", "first", keyRecord.id],
    refetchInterval: (query) => (isNoLog(query.state.error) || isSignedOut(query.state.error) || query.state.data?.data[0]?.allow ? false : everyMs),
    staleTime: 0, gcTime: 0, retry: false,
  });
  const noLog = isNoLog(log.error);
  const record = useQuery({
    ...keyQuery(keyRecord.id),
    queryKey: ["keys", "first", keyRecord.id],
    enabled: noLog,
    refetchInterval: (query) => (isSignedOut(query.state.error) || query.state.data?.last_used_at ? false : everyMs),
    staleTime: 0, gcTime: 0, retry: false,
  });
  const last = log.data?.data[0];
  const state = firstRequestState(last, log.error, record.data);
  return (
    <div className={`${classes.waiting} ${classes[state] ?? ""}`} role="status" data-state={state}>
      {icons[state]}
      <div style={{ minWidth: 0 }}>
        <Text size="sm" fw={600}>{titles[state]}</Text>
        <Text size="xs">
          {last
            ? <><code>{last.action || "No action"}</code> on {names.workflows[last.resource.id] || last.resource.id}{last.client_ip ? <> from {last.client_ip}</> : null}{last.allow ? null : <>: {codeLabel(last.code)}</>}</>
            : state === "used" ? "What came of it is not logged here."
              : noLog ? "Its use shows here, up to a minute late."
                : "Send one of the samples above: what came of it shows here."}
        </Text>
      </div>
    </div>
  );
}
