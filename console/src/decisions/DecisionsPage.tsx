import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { useDocumentVisibility } from "@mantine/hooks";
import { IconActivity, IconArrowUp, IconFlask } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { decisionsQuery, type LoggedDecision, summaryQuery } from "../api/decisions";
import { isProblem } from "../api/problem";
import { cleaned } from "../search";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { LinkButton } from "../ui/links";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { OutcomeBadge } from "../ui/StatusBadge";
import { exact } from "../ui/time";
import { useClose } from "../ui/useClose";
import { useViews } from "../views/useViews";
import { searchOf, viewIn } from "../views/views";
import { DecisionDrawer } from "./DecisionDrawer";
import { DecisionFilters } from "./DecisionFilters";
import classes from "../ui/log.module.css";
import { type DecisionSearch, isNarrowed, type Narrowed, stepFor, windowOf } from "./filters";
import { OutcomesPanel } from "./OutcomesPanel";

const livePeriod = 2000;

export function DecisionsPage() {
  const { live, decision, ...search } = useSearch({ from: "/frame/decisions" });
  const navigate = useNavigate({ from: "/decisions" });
  const views = useViews("decision_log.read");
  const named = viewIn(search);
  const view = named ?? views.usual;
  // Where the address names no view, what is read goes by what one may.
  const known = named !== null || !views.loading;
  const filter = useMemo((): Narrowed => cleaned({ ...search, ...searchOf(view) }), [search, view]);
  const isLive = live === "1";
  const change = (changed: Record<string, string | undefined>) => void navigate({ search: (old) => cleaned({ ...old, ...changed }), replace: true });

  const window = windowOf(filter);
  const endsNow = window.until === undefined;
  const away = useScrolledAway(isLive);
  const visible = useDocumentVisibility() === "visible";
  const list = useInfiniteQuery({
    ...decisionsQuery(filter),
    enabled: known,
    // What reads on has left the newest behind.
    refetchInterval: (query) => (isLive && endsNow && !away && visible && (query.state.data?.pages.length ?? 1) <= 1 ? livePeriod : false),
  });
  const summary = useQuery({
    ...summaryQuery(filter, stepFor(window.seconds)),
    enabled: known,
    placeholderData: keepPreviousData,
    refetchInterval: isLive && endsNow && visible ? 5 * livePeriod : false,
  });
  const rows = list.data?.pages.flatMap((p) => p.data);
  const paused = isLive && endsNow && (away || (list.data?.pages.length ?? 0) > 1);
  const client = useQueryClient();
  const resume = () => {
    client.setQueryData(decisionsQuery(filter).queryKey, (old) => (old ? { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) } : old));
    globalThis.scrollTo({ top: 0 });
    void list.refetch();
  };
  const open = (id: string) => void navigate({ search: (old) => cleaned({ ...old, decision: id }), state: { opened: true } });
  const close = useClose(() => change({ decision: undefined }));

  if (isProblem(list.error, "no_decision_log")) {
    return (
      <>
        <PageHeader title="Decisions" tab="Decisions" />
        <EmptyState icon={<IconActivity size={22} />} title="This server keeps no log of decisions that can be read here">Start it with <code>--decision-log store</code>, which is how it comes, and every answer is written down beside the database. It may log elsewhere now, as into files or a collector.</EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title="Decisions"
        tab="Decisions"
        about="Every answer that steelgate gave, and why."
        actions={
          <>
            <Switch label="Live" checked={isLive} onChange={(e) => change({ live: e.currentTarget.checked ? "1" : undefined })} disabled={!endsNow} className={classes.live ?? ""} />
            <LinkButton to="/try" variant="default" leftSection={<IconFlask size={15} aria-hidden />}>Try a question</LinkButton>
          </>
        }
      />
      <DecisionFilters search={search as DecisionSearch} view={view} views={views} onChange={change} />
      <Stack gap="md">
        {list.error ? <ProblemAlert error={list.error} title={isProblem(list.error, "forbidden") ? "These decisions are not yours to read" : "The decisions can't be shown"} {...(isProblem(list.error, "forbidden") ? {} : { retry: () => void list.refetch() })} /> : null}
        {list.error ? null : <OutcomesPanel title="Outcomes over time" summary={summary.data} error={summary.error} retry={() => void summary.refetch()} onZoom={(w) => change({ ...w, window: undefined, live: undefined })} />}
        {paused ? (
          <Group className={classes.paused} role="status" gap="sm">
            <Text size="sm">Live is paused while you read on.</Text>
            <Button size="compact-sm" variant="default" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={resume}>Back to the newest</Button>
          </Group>
        ) : null}
        {list.error ? null : rows?.length === 0 ? <Nothing search={search} /> : (
          <Panel>
            <div className={classes.log}><DataTable
              caption="Decisions, newest first"
              columns={columns(open)}
              rows={rows}
              rowKey={(d) => d.decision_id}
              onRow={(d) => open(d.decision_id)}
              skeletons={8}
            /></div>
          </Panel>
        )}
        {list.hasNextPage ? <Group justify="center"><Button variant="default" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>Load older ones</Button></Group> : null}
      </Stack>
      <DecisionDrawer id={decision} known={rows?.find((d) => d.decision_id === decision)} onClose={close} />
    </>
  );
}

const columns = (open: (id: string) => void) => [
  {
    id: "time",
    head: "Time",
    width: 170,
    cell: (d: LoggedDecision) => <button type="button" className={classes.open} onClick={() => open(d.decision_id)} aria-label={`${d.allow ? "Allowed" : "Denied"} ${d.action} at ${exact(new Date(d.time))}: details`}><time dateTime={d.time}>{moment(d.time)}</time></button>,
  },
  { id: "outcome", head: "Outcome", cell: (d: LoggedDecision) => <OutcomeBadge allow={d.allow} code={d.code} /> },
  { id: "action", head: "Action", cell: (d: LoggedDecision) => (d.action ? <code>{d.action}</code> : <Text span size="sm" c="dimmed">no route</Text>) },
  { id: "resource", head: "Resource", cell: (d: LoggedDecision) => (d.resource.id ? <span className={classes.one}><code>{d.resource.id}</code> <span className={classes.type}>{d.resource.type}</span></span> : <Text span size="sm" c="dimmed">none</Text>) },
  { id: "key", head: "Key", cell: (d: LoggedDecision) => (d.key ? <code className={classes.key}>{d.key.id}</code> : <Text span size="sm" c="dimmed">unknown</Text>) },
  { id: "ip", head: "Client", cell: (d: LoggedDecision) => (d.client_ip ? <code>{d.client_ip}</code> : <Text span size="sm" c="dimmed">not told</Text>) },
  { id: "took", head: "Took", end: true, cell: (d: LoggedDecision) => <span className="sg-numbers">{took(d.duration_us)}</span> },
];

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" });

/** A moment to the second: with its day, where that is not today. */
function moment(text: string): string {
  const at = new Date(text);
  return (at.toDateString() === new Date().toDateString() ? clock : dayAndClock).format(at);
}

const took = (us: number) => (us < 10_000 ? `${us} µs` : `${(us / 1000).toFixed(1)} ms`);

function Nothing({ search }: { search: DecisionSearch }) {
  return isNarrowed(search) ? (
    <EmptyState icon={<IconActivity size={22} />} title="No decision is like that">Widen the time or clear a filter. Decisions are kept for a week unless the server is told otherwise.</EmptyState>
  ) : (
    <EmptyState icon={<IconActivity size={22} />} title="Nothing was asked here in the last 24 hours" action={<LinkButton to="/try" mt="xs">Try a question</LinkButton>}>
      When your product asks <code>POST /v1/decisions</code>, or your gateway <code>/v1/forward-auth</code>, each answer shows here at once.
    </EmptyState>
  );
}

/** Whether who reads has scrolled away from the top, where what is new comes in. */
function useScrolledAway(watch: boolean): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    if (!watch) return setAway(false);
    const look = () => setAway(globalThis.scrollY > 480);
    look();
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, [watch]);
  return away;
}
