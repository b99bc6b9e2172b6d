import { Text } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type Replica, replicasQuery } from "../api/replicas";
import { DataTable } from "../ui/DataTable";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ToneBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";

/** A server writes its row every five seconds: one that missed three of them may be gone. */
const late = 15_000;

export function Replicas() {
  const found = useQuery(replicasQuery);
  const replicas = found.data?.data;
  // Against each other: this browser's clock may be another.
  const seen = Math.max(0, ...(replicas ?? []).map((r) => Date.parse(r.seen_at)));
  const newest = Math.max(0, ...(replicas ?? []).map((r) => r.data_revision));
  return (
    <Panel title="Replicas">
      {found.error ? <div style={{ padding: "var(--mantine-spacing-md)" }}><ProblemAlert error={found.error} title="The replicas can't be shown" retry={() => void found.refetch()} /></div> : (
        <DataTable
          caption="Servers that share the database, and how fresh they are"
          columns={[
            { id: "id", head: "Replica", cell: (r: Replica) => <><code>{r.id}</code>{r.self ? <Text span size="xs" c="dimmed"> answers this page</Text> : null}</> },
            { id: "health", head: "Health", cell: (r) => <Health replica={r} newest={seen} /> },
            { id: "fresh", head: "Freshness", cell: (r) => <span className="sg-numbers">{r.fresh_ms === null ? "none yet" : r.fresh_ms < 1000 ? `${r.fresh_ms} ms` : `${(r.fresh_ms / 1000).toFixed(1)} s`}</span> },
            { id: "data", head: "Data revision", end: true, cell: (r) => <span className="sg-numbers">{r.data_revision}{r.data_revision < newest ? <Text span size="xs" c="dimmed"> {newest - r.data_revision} behind</Text> : null}</span> },
            { id: "policy", head: "Policy revision", end: true, cell: (r) => <span className="sg-numbers">{r.policy_revision}</span> },
            { id: "version", head: "Version", cell: (r) => r.version },
            { id: "started", head: "Started", cell: (r) => <TimeAgo at={r.started_at} /> },
          ]}
          rows={replicas}
          rowKey={(r) => r.id}
          skeletons={1}
          empty={<Text size="sm" c="dimmed" p="md">No server has told of itself in the last minute.</Text>}
        />
      )}
    </Panel>
  );
}

function Health({ replica, newest }: { replica: Replica; newest: number }) {
  const silent = newest - Date.parse(replica.seen_at);
  if (silent > late) return <ToneBadge tone="warn" icon={<IconClockExclamation size={13} aria-hidden />}>Silent for {Math.round(silent / 1000)} s</ToneBadge>;
  return replica.ready ? <ToneBadge tone="good">Ready</ToneBadge> : <ToneBadge tone="bad">Not ready</ToneBadge>;
}
