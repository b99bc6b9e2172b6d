import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconPlus, IconUserKey } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Workspace, workspacesQuery } from "../api/places";
import { useSession } from "../api/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { Forbidden } from "../ui/Forbidden";
import { LinkTo } from "../ui/links";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ToneBadge } from "../ui/StatusBadge";
import { CreateKey } from "./CreateKey";
import { useHolding } from "./hold";
import { KeyList } from "./KeyList";
import { mayAt } from "./may";
import { usePersonalNames } from "./names";

/** One's own keys, and where they work. */
export function MyKeysPage() {
  const may = mayAt(useSession().user);
  // A secret that stands in its dialog outlives the right to make it.
  const holding = useHolding();
  if (!may("keys.list") && !holding) return <Forbidden title="Personal keys are not for you to manage">The policy in force lets you list none, your own neither. Whoever administers the policies can say why.</Forbidden>;
  return <Page />;
}

function Page() {
  const search = useSearch({ from: "/frame/keys" });
  const navigate = useNavigate();
  const { user } = useSession();
  const [creating, setCreating] = useState(false);
  const names = usePersonalNames();
  const owner = { type: "user", id: user.id } as const;
  const may = mayAt(user);
  const create = may("keys.create");
  return (
    <>
      <PageHeader
        tab="My keys" title="My keys" about="Personal keys: each does what you may do, and stops where you stop."
        actions={create ? <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>Create a personal key</Button> : null}
      />
      <KeyList
        owner={owner} caption="My personal keys" search={search} onSearch={(next) => void navigate({ to: "/keys", search: { ...search, ...next }, replace: true })} names={names} may={may}
        empty={
          <EmptyState icon={<IconUserKey size={22} />} title="You have no personal key" action={create ? <Button onClick={() => setCreating(true)}>Create a personal key</Button> : null}>
            A personal key is you: it does what you may do, in every workspace where you are a member and that allows such keys. For what others depend on, use a workspace key: it stays when you go.{create ? "" : " The policy in force lets you create none."}
          </EmptyState>
        }
      />
      <Group h="md" />
      <Reach />
      <CreateKey owner={owner} names={names} opened={creating} onClose={() => setCreating(false)} />
    </>
  );
}

function Reach() {
  const workspaces = useQuery(workspacesQuery({ limit: 200 }));
  const mine = workspaces.data?.data.filter((w) => w.role !== null);
  if (workspaces.error && !mine) return <ProblemAlert error={workspaces.error} title="Your workspaces can't be listed" />;
  if (mine === undefined) return <Panel title="Where they work" padded><Skeleton height={60} /></Panel>;
  return (
    <Panel title="Where they work" padded={mine.length === 0}>
      {mine.length === 0 ? <Text size="sm" c="dimmed">You are a member of no workspace: a personal key reaches nothing until you are one.</Text> : (
        <DataTable
          caption="Workspaces, and whether personal keys work there" rows={mine} rowKey={(w) => w.id}
          columns={[
            { id: "name", head: "Workspace", cell: (w: Workspace) => <LinkTo to="/workspaces/$workspace/keys" params={{ workspace: w.id }} size="sm" underline="hover">{w.name || w.id}</LinkTo> },
            { id: "role", head: "Your role", cell: (w: Workspace) => w.role },
            { id: "works", head: "Personal keys", cell: (w: Workspace) => w.archived ? <ToneBadge tone="warn">Archived</ToneBadge> : w.personal_keys_enabled ? <ToneBadge tone="good">Work</ToneBadge> : <ToneBadge tone="neutral">Switched off by its admins</ToneBadge> },
          ]}
        />
      )}
    </Panel>
  );
}
