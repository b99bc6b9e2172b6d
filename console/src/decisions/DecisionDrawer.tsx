import { Alert, Drawer, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconFlask, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { decisionQuery, loggedExplanationQuery, type LoggedDecision } from "../api/decisions";
import { isProblem } from "../api/problem";
import { useMay } from "../api/session";
import { ExplanationView } from "../explain/ExplanationView";
import { GrantedBy } from "../explain/GrantedBy";
import { CopyButton } from "../ui/CopyButton";
import { FieldList } from "../ui/FieldList";
import { LinkButton, LinkTo } from "../ui/links";
import { ProblemAlert } from "../ui/ProblemAlert";
import { OutcomeBadge } from "../ui/StatusBadge";
import { exact } from "../ui/time";
import { KeyLink } from "../views/KeyLink";

/** One decision with all that the log kept of it, and why it was made. */
export function DecisionDrawer({ id, known, onClose }: { id: string | undefined; known: LoggedDecision | undefined; onClose: () => void }) {
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" size="xl" title="Decision" closeButtonProps={{ "aria-label": "Close" }} transitionProps={{ duration: 120 }}>
      {id ? <Inside id={id} known={known} /> : null}
    </Drawer>
  );
}

function Inside({ id, known }: { id: string; known: LoggedDecision | undefined }) {
  const found = useQuery({ ...decisionQuery(id), enabled: !known });
  const explanation = useQuery({ ...loggedExplanationQuery(id), retry: false });
  const mayAssume = useMay("decision_log.read");
  const d = known ?? found.data;
  if (found.error) return <ProblemAlert error={found.error} title="This decision can't be shown" retry={() => void found.refetch()} />;
  if (!d) return <Stack><Skeleton height={24} width="50%" /><Skeleton height={16} /><Skeleton height={16} /><Skeleton height={16} width="70%" /></Stack>;
  return (
    <Stack gap="lg">
      <div>
        <Group gap="xs" mb="xs"><OutcomeBadge allow={d.allow} code={d.code} /><Text size="sm" className="sg-numbers">{exact(new Date(d.time))}</Text></Group>
        <FieldList
          fields={[
            ["Action", d.action ? <code key="action">{d.action}</code> : null],
            ["Resource", d.resource.id ? <>{d.resource.type} <code>{d.resource.id}</code></> : null],
            ["Key", d.key ? <><KeyLink id={d.key.id} owner={d.key.owner} />, of {d.key.owner.type} <code>{d.key.owner.id}</code> (<LinkTo to="/decisions" search={(old) => ({ ...old, key_id: d.key!.id, decision: undefined })} size="sm">its decisions alone</LinkTo>)</> : "None that is known"],
            ["Where", d.workspace_id ? <>workspace <code>{d.workspace_id}</code>{d.organization_id ? <>, organization <code>{d.organization_id}</code></> : null}</> : null],
            ["Billed to", d.billed_to ? <>{d.billed_to.type} <code>{d.billed_to.id}</code></> : null],
            ["Permission", d.permission ? <>needs <strong>{d.permission.required}</strong>, had <strong>{d.permission.granted}</strong></> : null],
            ["Granted by", d.granted_by ? <GrantedBy key="grant" grant={d.granted_by} /> : null],
            ["Client address", d.client_ip ? <code key="ip">{d.client_ip}</code> : null],
            ["Asked by", d.route ? <>{d.door}, <code>{d.route}</code></> : d.door],
            ["Revisions", `policy ${d.policy_revision}, data ${d.data_revision}`],
            ["Took", `${d.duration_us.toLocaleString("en")} µs`],
            ["Decision", <Group key="id" gap={4} wrap="nowrap"><code>{d.decision_id}</code><CopyButton text={d.decision_id} label="Copy the decision's id" /></Group>],
          ]}
        />
        <Kept name="Context" value={d.context} />
        <Kept name="The caller's properties of the resource" value={d.resource.properties} />
        {d.cut ? <Text size="sm" c="dimmed" mt="xs">Something of the request is left out here: it was too large, read like a secret, or is not yours to see.</Text> : null}
      </div>
      <section aria-labelledby="why">
        <Group justify="space-between" mb="xs">
          <Title order={3} id="why">Why</Title>
          <LinkButton to="/try" search={{ decision: id }} size="compact-sm" variant="default" leftSection={<IconFlask size={14} aria-hidden />}>Open in Try it</LinkButton>
        </Group>
        {explanation.isPending ? <Stack gap="xs"><Skeleton height={70} /><Skeleton height={16} /><Skeleton height={16} width="80%" /></Stack> : null}
        {explanation.error ? <NotExplained error={explanation.error} retry={() => void explanation.refetch()} /> : null}
        {explanation.data ? <ExplanationView explanation={explanation.data} mayAssume={mayAssume} brief={explanation.data.same} /> : null}
      </section>
    </Stack>
  );
}

function Kept({ name, value }: { name: string; value: Record<string, unknown> | undefined }) {
  if (!value || Object.keys(value).length === 0) return null;
  return (
    <div style={{ marginTop: "0.5rem" }}>
      <Text size="sm" c="dimmed">{name}</Text>
      <pre tabIndex={0} aria-label={name} style={{ margin: 0, fontSize: "var(--mantine-font-size-xs)", overflowX: "auto" }}>{JSON.stringify(value, null, 2)}</pre>
    </div>
  );
}

/** An explanation that there is none of: some decisions can't be made again, and the server says why. */
export function NotExplained({ error, retry }: { error: unknown; retry: () => void }) {
  if (isProblem(error, "not_replayable")) return <Alert color="steel" icon={<IconInfoCircle aria-hidden />} title="It can't be explained"><Text size="sm">{error.message}</Text></Alert>;
  return <ProblemAlert error={error} title="It can't be explained" retry={retry} />;
}
