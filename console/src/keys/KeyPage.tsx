import { Button, Stack } from "@mantine/core";
import { IconEdit, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type Key, keyQuery } from "../api/keys";
import { useSession } from "../api/session";
import { PageProblem } from "../ui/Forbidden";
import { LinkTo } from "../ui/links";
import { PageHeader } from "../ui/PageHeader";
import { PageSkeleton } from "../ui/Skeletons";
import { KeyState } from "./columns";
import { actsOn, KeyMenu, useKeyDialogs } from "./KeyActions";
import { KeyAudit } from "./KeyAudit";
import { KeyDecisions } from "./KeyDecisions";
import { KeyFacts } from "./KeyFacts";
import { KeyNotice } from "./KeyNotice";
import { KeyOutcomes } from "./KeyOutcomes";
import { KeyPair } from "./KeyPair";
import classes from "./Keys.module.css";
import { mayWith } from "./may";
import { useKeyPlace } from "./names";

/** One key: what it reaches, what it did, and what can be done with it. */
export function KeyPage() {
  const { key: id } = useParams({ from: "/frame/keys/$key" });
  const key = useQuery({ ...keyQuery(id), refetchInterval: 15_000 });
  if (key.error && !key.data) return <PageProblem error={key.error} retry={() => void key.refetch()} />;
  if (!key.data) return <PageSkeleton />;
  return <Page key={id} keyRecord={key.data} />;
}

function Page({ keyRecord: key }: { keyRecord: Key }) {
  const navigate = useNavigate();
  const { workspace, organization, names, state } = useKeyPlace(key);
  const { user } = useSession();
  const may = mayWith(key, { user, workspace, organization });
  const { ask, dialogs } = useKeyDialogs(names, workspace, (successor) => void navigate({ to: "/keys/$key", params: { key: successor } }));
  const can = actsOn(key, may);
  const where = key.type === "workspace"
    ? <>Workspace key of <LinkTo to="/workspaces/$workspace/keys" params={{ workspace: key.workspace_id ?? "" }}>{workspace?.name || key.workspace_id}</LinkTo></>
    : key.type === "organization"
      ? <>Organization key of <LinkTo to="/organizations/$organization/keys" params={{ organization: key.organization_id ?? "" }}>{organization?.name || key.organization_id}</LinkTo></>
      : <>Personal key, one of <LinkTo to="/keys">yours</LinkTo></>;
  return (
    <>
      <PageHeader
        tab={key.name} title={key.name}
        about={<span className={classes.state}><KeyState keyRecord={key} /><span>{where}</span></span>}
        actions={
          <>
            {can.edit ? <Button variant="default" leftSection={<IconEdit size={15} aria-hidden />} onClick={() => ask("edit", key)}>Edit</Button> : null}
            {can.rotate ? <Button variant="default" leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => ask("rotate", key)}>Rotate</Button> : null}
            <KeyMenu keyRecord={key} may={may} ask={ask} all={false} />
          </>
        }
      />
      <Stack gap="md">
        <KeyNotice keyRecord={key} />
        <KeyPair keyRecord={key} log={may("decision_log.read")} />
        <div className={classes.columns}>
          <Stack gap="md">
            <KeyOutcomes keyRecord={key} may={may} place={state} />
            <KeyDecisions keyRecord={key} may={may} names={names} />
          </Stack>
          <Stack gap="md">
            <KeyFacts keyRecord={key} may={may} names={names} place={state} />
            <KeyAudit keyRecord={key} may={may} />
          </Stack>
        </div>
      </Stack>
      {dialogs}
    </>
  );
}
