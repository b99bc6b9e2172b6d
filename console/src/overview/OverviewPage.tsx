import { Anchor, Group, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { summaryQuery } from "../api/decisions";
import { organizationsQuery, workspacesQuery } from "../api/places";
import { isProblem } from "../api/problem";
import { useMay, useSession } from "../api/session";
import { Outcomes } from "../decisions/Outcomes";
import { cleaned } from "../search";
import { LinkTo } from "../ui/links";
import { PageHeader } from "../ui/PageHeader";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Tiles } from "../ui/Tiles";
import { shortNumber } from "../ui/time";
import { useViews } from "../views/useViews";
import { searchOf, viewIn } from "../views/views";
import { ViewSelect } from "../views/ViewSelect";
import { Denials } from "./Denials";
import { deniedShare, rate, rateText, tookText } from "./figures";
import { FirstSteps } from "./FirstSteps";
import { KeysToLookAt } from "./KeysToLookAt";
import classes from "./OverviewPage.module.css";
import { Replicas } from "./Replicas";
import { Workspaces } from "./Workspaces";

/** A server that keeps no log has none a little later either. */
const unlessNoLog = (every: number) => (query: { state: { error: Error | null } }) => (isProblem(query.state.error, "no_decision_log") ? false : every);

export function OverviewPage() {
  const search = useSearch({ from: "/frame/" });
  const navigate = useNavigate({ from: "/" });
  const { user } = useSession();
  const views = useViews("decision_log.read");
  const mayReplicas = useMay("replicas.read");
  const named = viewIn(search);
  const view = named ?? views.usual;
  const known = named !== null || !views.loading;
  const narrowed = cleaned(searchOf(view));
  const day = useQuery({ ...summaryQuery({ ...narrowed, window: "24h" }, 900), enabled: known, placeholderData: keepPreviousData, refetchInterval: unlessNoLog(30_000) });
  const recent = useQuery({ ...summaryQuery({ ...narrowed, window: "15m" }, 60), enabled: known, placeholderData: keepPreviousData, refetchInterval: unlessNoLog(10_000) });
  const workspaces = useQuery(workspacesQuery({ limit: 200 }));
  const organizations = useQuery(organizationsQuery({ limit: 200 }));
  const isEmpty = workspaces.data?.data.length === 0 && organizations.data?.data.length === 0;
  const noLog = isProblem(day.error, "no_decision_log");
  const s = day.data;
  return (
    <>
      <PageHeader
        title="Overview"
        tab="Overview"
        about={`Hello, ${user.name || user.id}.`}
        actions={isEmpty ? null : <ViewSelect label="Decisions about" views={views} value={view} onChange={(v) => void navigate({ search: cleaned(searchOf(v)), replace: true })} words={{ all: "Everything", mine: "What my personal keys asked", place: "Things in" }} />}
      />
      <Stack gap="md">
        {isEmpty ? <FirstSteps /> : null}
        {noLog ? <Text size="sm" c="dimmed">This server keeps no log of decisions that can be read here: there is nothing to count.</Text> : null}
        {day.error && !noLog ? <ProblemAlert error={day.error} title="The decisions can't be counted" retry={() => void day.refetch()} /> : null}
        {isEmpty && !s?.total.allowed && !s?.total.denied ? null : !day.error ? (
          <>
            <Tiles tiles={[
              { name: "Decisions a second", value: recent.data ? rateText(rate(recent.data.buckets)) : undefined, about: "over the last 5 minutes" },
              { name: "Decisions", value: s ? shortNumber(s.total.allowed + s.total.denied) : undefined, about: s && !s.complete ? "in 24 hours, at least" : "in 24 hours" },
              { name: "Denied", value: s ? deniedShare(s.total) : undefined, about: s ? `${shortNumber(s.total.denied)} in 24 hours` : "" },
              { name: "Time to decide", value: s ? (s.took_us ? tookText(s.took_us.p50) : "–") : undefined, about: s?.took_us ? `half of them; 99 % in ${tookText(s.took_us.p99)}` : "no decision yet" },
            ]} />
            <div className={classes.wide}>
              <div>
                <Outcomes title="Outcomes, last 24 hours" summary={s} error={null} retry={() => void day.refetch()} height={190} onZoom={(w) => void navigate({ to: "/decisions", search: { ...narrowed, ...w } })} />
              </div>
              <Denials codes={s?.codes} narrowed={narrowed} />
            </div>
          </>
        ) : null}
        <div className={classes.two}>
          <KeysToLookAt which="expiring" />
          <KeysToLookAt which="unused" />
        </div>
        {isEmpty ? null : <Workspaces workspaces={workspaces.data?.data} organizations={organizations.data?.data} error={workspaces.error ?? organizations.error} retry={() => { void workspaces.refetch(); void organizations.refetch(); }} more={Boolean(workspaces.data?.pagination.has_more)} />}
        {mayReplicas ? <Replicas /> : null}
        <Group gap="md"><LinkTo to="/try" size="sm">Try a question</LinkTo><LinkTo to="/keys" size="sm">My keys</LinkTo><Anchor href="/docs" size="sm">API reference</Anchor></Group>
      </Stack>
    </>
  );
}
