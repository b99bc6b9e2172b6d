import { Button, Group, Select, Stack, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconListSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { type AuditEntry, auditQuery, exportAddress } from "../api/audit";
import { isProblem } from "../api/problem";
import { CommittedInput } from "../ui/CommittedInput";
import { cleaned } from "../search";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import classes from "../ui/log.module.css";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { exact } from "../ui/time";
import { useClose } from "../ui/useClose";
import { useViews } from "../views/useViews";
import { searchOf, viewIn } from "../views/views";
import { ViewSelect } from "../views/ViewSelect";
import { AuditDrawer, Outcome } from "./AuditDrawer";
import { type AuditNarrowed, auditWindows } from "./filters";
import { actions, actorOf, meansOf } from "./words";

export function AuditPage() {
  const { entry, ...search } = useSearch({ from: "/frame/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const views = useViews("audit.read");
  // A place's entries go by whom they belong to.
  const usual = views.usual.kind === "place" ? { ...views.usual, kind: "owner" as const } : views.usual;
  const named = viewIn(search);
  const view = named ?? usual;
  const filter = useMemo((): AuditNarrowed => {
    const { owner_type, owner_id } = searchOf(view);
    return cleaned({ ...search, owner_type, owner_id });
  }, [search, view]);
  const list = useInfiniteQuery({ ...auditQuery(filter), enabled: named !== null || !views.loading });
  const rows = list.data?.pages.flatMap((p) => p.data);
  const change = (changed: Record<string, string | undefined>) => void navigate({ search: (old) => cleaned({ ...old, ...changed }), replace: true });
  const open = (seq: number) => void navigate({ search: (old) => cleaned({ ...old, entry: String(seq) }), state: { opened: true } });
  const close = useClose(() => change({ entry: undefined }));
  const narrowed = Boolean(search.action || search.actor || search.target || search.outcome || search.window || search.from || search.until);
  const custom = Boolean(search.from || search.until);
  return (
    <>
      <PageHeader
        title="Audit"
        tab="Audit"
        about="Every change and who made it, and every attempt at one that was denied."
        actions={<Tooltip label="All that these filters find, as NDJSON: one entry a line"><Button component="a" href={exportAddress(filter)} download variant="default" leftSection={<IconDownload size={15} aria-hidden />}>Export</Button></Tooltip>}
      />
      <div className={classes.filters}>
        <Group gap="sm" align="flex-end">
          <ViewSelect label="Changes to" views={views} value={view} onChange={(v) => { const { owner_type, owner_id } = searchOf(v); change({ owner_type, owner_id }); }} words={{ all: "Everything", mine: "My own things", owner: "Things of" }} width={200} />
          <CommittedInput label="Action" placeholder="keys.create" choices={actions} value={search.action} onCommit={(action) => change({ action })} width={165} />
          <CommittedInput label="Who" placeholder="user_… or tok_…" value={search.actor} onCommit={(actor) => change({ actor })} width={150} />
          <CommittedInput label="Asked for" placeholder="key key_…" value={search.target} onCommit={(target) => change({ target })} width={165} />
          <Select label="Outcome" w={105} allowDeselect={false} value={search.outcome === "done" || search.outcome === "denied" ? search.outcome : "any"} data={[{ value: "any", label: "Any" }, { value: "done", label: "Done" }, { value: "denied", label: "Denied" }]} onChange={(v) => change({ outcome: v === "any" || !v ? undefined : v })} />
          <Select
            label="When"
            w={145}
            allowDeselect={false}
            value={custom ? "custom" : (auditWindows.find((w) => w.value === search.window)?.value ?? "all")}
            data={[{ value: "all", label: "All time" }, ...auditWindows.map(({ value, label }) => ({ value, label })), ...(custom ? [{ value: "custom", label: "As in the address" }] : [])]}
            onChange={(v) => v && v !== "custom" && change({ window: v === "all" ? undefined : v, from: undefined, until: undefined })}
          />
          {narrowed ? <Button variant="subtle" onClick={() => change({ action: undefined, actor: undefined, target: undefined, outcome: undefined, window: undefined, from: undefined, until: undefined })}>Clear</Button> : null}
        </Group>
      </div>
      <Stack gap="md">
        {list.error ? <ProblemAlert error={list.error} title={isProblem(list.error, "forbidden") ? "This audit is not yours to read" : "The audit can't be shown"} {...(isProblem(list.error, "forbidden") ? {} : { retry: () => void list.refetch() })} /> : rows?.length === 0 ? <Nothing narrowed={narrowed} /> : (
          <Panel>
            <DataTable
              caption="Audit entries, newest first"
              columns={columns(open)}
              rows={rows}
              rowKey={(e) => String(e.seq)}
              onRow={(e) => open(e.seq)}
              skeletons={8}
            />
          </Panel>
        )}
        {list.hasNextPage ? <Group justify="center"><Button variant="default" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>Load older ones</Button></Group> : null}
      </Stack>
      <AuditDrawer opened={entry !== undefined && rows !== undefined} entry={rows?.find((e) => String(e.seq) === entry)} onClose={close} />
    </>
  );
}

function Nothing({ narrowed }: { narrowed: boolean }) {
  return narrowed
    ? <EmptyState icon={<IconListSearch size={22} />} title="No entry is like that">Clear a filter. What is asked for is written as its kind, a space and its id, such as <code>key key_5kJQ…</code></EmptyState>
    : <EmptyState icon={<IconListSearch size={22} />} title="Nothing was changed yet">Each key that is made, changed or revoked leaves an entry here: who did it, from where, and the record before and after. So does each attempt that was refused.</EmptyState>;
}

const columns = (open: (seq: number) => void) => [
  { id: "at", head: "Time", width: 190, cell: (e: AuditEntry) => <button type="button" className={classes.open} onClick={() => open(e.seq)} aria-label={`${e.action} at ${exact(new Date(e.at))}: details`}><time dateTime={e.at}>{exact(new Date(e.at))}</time></button> },
  { id: "action", head: "Action", cell: (e: AuditEntry) => <code>{e.action}</code> },
  { id: "outcome", head: "Outcome", cell: (e: AuditEntry) => <Outcome entry={e} /> },
  { id: "target", head: "Asked for", cell: (e: AuditEntry) => <span><Text span size="sm" c="dimmed">{e.target.kind.replaceAll("_", " ")}</Text> <code>{e.target.id}</code></span> },
  { id: "who", head: "Who", cell: (e: AuditEntry) => <span><code>{actorOf(e)}</code> <Text span size="xs" c="dimmed">{meansOf(e)}</Text></span> },
  { id: "changes", head: "Records", end: true, cell: (e: AuditEntry) => <span className="sg-numbers">{e.changes.length}</span> },
];
