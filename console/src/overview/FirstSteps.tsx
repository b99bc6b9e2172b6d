import { Group, Text } from "@mantine/core";
import { useMay } from "../api/session";
import { CopyButton } from "../ui/CopyButton";
import { Panel } from "../ui/Panel";
import classes from "./OverviewPage.module.css";

/** What to do where nothing is there yet: for who may fill the directory the commands, for everybody else whom to ask. */
export function FirstSteps() {
  const mayImport = useMay("import");
  if (!mayImport) {
    return <Panel title="You are in no workspace yet" padded><Text size="sm">Workspaces and their members come from SteelEngine. Ask an admin of yours to add you; as soon as they have, it stands here and you can make API keys for it.</Text></Panel>;
  }
  const base = location.origin;
  return (
    <Panel title="First steps" padded>
      <Text size="sm" mb="md">There is no workspace yet. Tell steelgate of the world that it guards; each step is a command to paste.</Text>
      <ol className={classes.steps}>
        <Step title="Make a service token for the directory" text={`TOKEN=$(steelgate token create --name directory --scope directory)`}>Where the server runs, with its flags or its config file.</Step>
        <Step title="Import people, workspaces and workflows" text={`curl -s ${base}/v1/import -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/x-ndjson' --data-binary @- <<'END'
{"kind": "user", "id": "user_ada", "name": "Ada", "email": "ada@example.com"}
{"kind": "organization", "id": "org_acme", "name": "Acme"}
{"kind": "organization_member", "organization_id": "org_acme", "user_id": "user_ada", "role": "admin"}
{"kind": "workspace", "id": "ws_core", "name": "Core", "owner_id": "user_ada", "organization_id": "org_acme"}
{"kind": "resource", "type": "workflow", "id": "wf_invoice", "name": "Send invoices", "workspace_id": "ws_core"}
END`}>One entity a line; all or nothing. Run it again as often as you like: it is an upsert.</Step>
        <Step title="Make an API key" text={null}>Its workspace's owner, Ada here, signs in and makes one under Workspace keys. That takes a server that was started with <code>--oidc-issuer</code>, the OpenID provider through which people sign in.</Step>
        <Step title="Ask for a decision" text={`DECIDE_TOKEN=$(steelgate token create --name product --scope decide)
API_KEY=sk-steelengine-…
curl -s ${base}/v1/decisions -H "Authorization: Bearer $DECIDE_TOKEN" -H "X-API-Key: $API_KEY" \\
  --json '{"action": "workflow.execute", "resource": {"type": "workflow", "id": "wf_invoice"}}'`}>With a service token of scope <code>decide</code>, made where the server runs, and the key of the step before. The answer stands under Decisions at once.</Step>
      </ol>
    </Panel>
  );
}

function Step({ title, text, children }: { title: string; text: string | null; children: React.ReactNode }) {
  return (
    <li>
      <Group justify="space-between" gap="xs" wrap="nowrap"><Text size="sm" fw={600}>{title}</Text>{text ? <CopyButton text={text} label={`Copy: ${title}`} /> : null}</Group>
      <Text size="sm" c="dimmed">{children}</Text>
      {text ? <pre className={classes.code} tabIndex={0} aria-label={title}>{text}</pre> : null}
    </li>
  );
}
