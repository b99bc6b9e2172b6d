import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LoggedDecision } from "../api/decisions";
import { type Key, keyDecisionsQuery, ownerOf } from "../api/keys";
import { isProblem } from "../api/problem";
import { type Column, DataTable } from "../ui/DataTable";
import { LinkButton, LinkTo } from "../ui/links";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { OutcomeBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import classes from "./Keys.module.css";
import type { MayDo } from "./may";
import type { OrganizationNames } from "./names";

/** The latest decisions about a key, each with its reason and the way to its explanation. */
export function KeyDecisions({ keyRecord: key, may, names }: { keyRecord: Key; may: MayDo; names: OrganizationNames }) {
  const allowed = may("decision_log.read");
  const latest = useQuery({ ...keyDecisionsQuery(key, 10), enabled: allowed, refetchInterval: 15_000 });
  if (!allowed) return null;
  const owner = ownerOf(key);
  const columns: Column<LoggedDecision>[] = [
    {
      id: "what", head: "Asked",
      cell: (d) => (
        <div>
          <code>{d.action || "no action"}</code>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{d.resource.id ? `${names.workflows[d.resource.id] || names.workspaces[d.resource.id] || d.resource.id}` : "nothing"}{d.client_ip ? ` from ${d.client_ip}` : ""}</Text>
        </div>
      ),
    },
    { id: "outcome", head: "Outcome", cell: (d) => <OutcomeBadge allow={d.allow} code={d.code} /> },
    { id: "when", head: "When", cell: (d) => <span className={classes.when}><TimeAgo at={d.time} /></span> },
    { id: "explain", head: "Explanation", hidden: true, end: true, cell: (d) => <LinkTo to="/try" search={{ decision: d.decision_id }} size="sm" aria-label={`Explain ${d.action} on ${d.resource.id}, ${d.allow ? "allowed" : "denied"}`}>Explain</LinkTo> },
  ];
  const body = latest.error && !latest.data ? (
    isProblem(latest.error, "no_decision_log")
      ? <div style={{ padding: "var(--mantine-spacing-md)" }}><Text size="sm" c="dimmed">{latest.error.message}</Text></div>
      : <div style={{ padding: "var(--mantine-spacing-md)" }}><ProblemAlert error={latest.error} retry={() => void latest.refetch()} /></div>
  ) : (
    <DataTable
      caption={`Latest decisions about ${key.name}`} columns={columns} rows={latest.data?.data} rowKey={(d) => d.decision_id} skeletons={4}
      empty={<Text size="sm" c="dimmed" p="md">Nothing was asked with this key yet. What it asks for shows here, with the reason of every answer.</Text>}
    />
  );
  return (
    <Panel title="Latest decisions" actions={<LinkButton to="/decisions" search={{ key_id: key.id, owner_type: owner.type, owner_id: owner.id }} variant="default" size="xs">All of them</LinkButton>}>
      {body}
    </Panel>
  );
}
