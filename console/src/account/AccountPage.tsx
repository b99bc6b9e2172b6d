import { Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Session, useEndAllSessions, useEndSession, useSession, useSessions, useSignOut } from "../api/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { CopyButton } from "../ui/CopyButton";
import { type Column, DataTable } from "../ui/DataTable";
import { notifyDone } from "../ui/notify";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ToneBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import { browserOf } from "./browser";
import { FieldList } from "../ui/FieldList";

const methods = { oidc: "OpenID provider", setup: "Set-up link", dev: "Demo" } as const;
const roles = { admin: "Platform admin", policy_admin: "Policy admin" } as const;

/** Who one is here, and where one is signed in. */
export function AccountPage() {
  const { user, session: here } = useSession();
  const sessions = useSessions(user.id);
  const navigate = useNavigate();
  const signOut = useSignOut();
  const endOne = useEndSession(user.id);
  const endAll = useEndAllSessions(user.id);
  const [ending, setEnding] = useState<Session | null>(null);
  const [endingAll, setEndingAll] = useState(false);
  const leave = async () => {
    await signOut.mutateAsync();
    void navigate({ to: "/sign-in" });
  };
  const columns: Column<Session>[] = [
    {
      id: "browser", head: "Browser", cell: (s) => (
        <Group gap="xs"><Tooltip label={s.user_agent || "It said nothing"} multiline maw={420}><span tabIndex={0}>{browserOf(s.user_agent)}</span></Tooltip>{s.id === here.id ? <ToneBadge tone="info">This one</ToneBadge> : null}</Group>
      ),
    },
    { id: "address", head: "Signed in from", cell: (s) => <span className="sg-numbers">{s.address || "Unknown"}</span> },
    { id: "method", head: "By", cell: (s) => methods[s.method] },
    { id: "used", head: "Last used", cell: (s) => <TimeAgo at={s.last_used_at} /> },
    { id: "expires", head: "Ends", cell: (s) => <TimeAgo at={s.expires_at} /> },
    { id: "end", head: "End it", hidden: true, end: true, cell: (s) => <Button size="xs" variant="default" onClick={() => setEnding(s)} aria-label={`Sign out ${browserOf(s.user_agent)}${s.id === here.id ? ", this one" : ""}`}>Sign out</Button> },
  ];
  const rows = sessions.error ? [] : sessions.data?.data;
  return (
    <Stack gap="md">
      <PageHeader title="Account" tab="Account" about="Who you are here, and the browsers that you are signed in at." />
      <Panel title="You" padded>
        <FieldList fields={[
          ["Name", user.name || "None"],
          ["E-mail address", user.email || "None"],
          ["User id", <Group key="id" gap={4} wrap="nowrap"><code>{user.id}</code><CopyButton text={user.id} label="Copy the user id" /></Group>],
          ["Platform role", user.platform_role ? roles[user.platform_role] : "None"],
        ]} />
      </Panel>
      <Panel title="Sessions" actions={<Button size="xs" variant="default" onClick={() => setEndingAll(true)}>Sign out everywhere</Button>}>
        {sessions.error ? <ProblemAlert error={sessions.error} retry={() => void sessions.refetch()} /> : null}
        <DataTable caption="Your sessions" columns={columns} rows={rows} rowKey={(s) => s.id} skeletons={2} />
      </Panel>
      <ConfirmDialog
        opened={ending !== null} onClose={() => setEnding(null)} title="Sign out there?" confirm="Sign out"
        onConfirm={async () => {
          if (!ending) return;
          if (ending.id === here.id) return leave();
          await endOne.mutateAsync(ending.id);
          notifyDone("That browser is signed out.");
        }}
      >
        <Text>{ending?.id === here.id ? "You leave the console in this browser." : `${ending ? browserOf(ending.user_agent) : ""} is signed out at once, whatever it is doing.`} API keys go on working.</Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={endingAll} onClose={() => setEndingAll(false)} title="Sign out everywhere?" confirm="Sign out everywhere" danger
        onConfirm={async () => {
          await endAll.mutateAsync();
          void navigate({ to: "/sign-in" });
        }}
      >
        <Text>All your sessions end at once, this one too. API keys go on working: revoke those that may have leaked.</Text>
      </ConfirmDialog>
    </Stack>
  );
}
