import { Button, Tabs } from "@mantine/core";
import { IconBox, IconBuilding, IconPlus, IconUserKey } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { organizationQuery, useWorkspace, type Workspace } from "../api/places";
import { useSession } from "../api/session";
import { EmptyState } from "../ui/EmptyState";
import { Forbidden, PageProblem } from "../ui/Forbidden";
import { PageHeader } from "../ui/PageHeader";
import { PageSkeleton } from "../ui/Skeletons";
import { ToneBadge } from "../ui/StatusBadge";
import { CreateKey } from "./CreateKey";
import type { KeySearch } from "./KeyFilters";
import { useHolding } from "./hold";
import { KeyList } from "./KeyList";
import classes from "./Keys.module.css";
import { mayAt } from "./may";
import { useWorkspaceNames } from "./names";
import { PersonalKeysSwitch } from "./PersonalKeysSwitch";
import { ReachingKeys } from "./ReachingKeys";

/** The keys that work in a workspace: its own, one's personal ones, and the organization's. */
export function WorkspaceKeysPage() {
  const { workspace: id } = useParams({ from: "/frame/workspaces/$workspace/keys" });
  const workspace = useWorkspace(id);
  // A secret that stands in its dialog outlives the role that made it.
  const holding = useHolding();
  if (workspace.error && !workspace.data) return <PageProblem error={workspace.error} retry={() => void workspace.refetch()} />;
  if (!workspace.data) return <PageSkeleton />;
  if (!workspace.data.may.includes("keys.list") && !holding) return <NoMember workspace={workspace.data} />;
  return <Page key={id} workspace={workspace.data} />;
}

/** Whoever sees that a workspace stands and may not see its keys: an organization's admin, or who reads the directory. */
function NoMember({ workspace }: { workspace: Workspace }) {
  const organization = useQuery({ ...organizationQuery(workspace.organization_id ?? ""), enabled: workspace.organization_id !== null });
  const administers = organization.data?.role === "admin";
  return (
    <Forbidden title={`The keys of ${workspace.name || workspace.id} are its members' alone`}>
      You are no member of this workspace: you see that it stands because you {administers ? `administer ${workspace.organization_name || "its organization"}` : "read the directory"}. Its admins can make you one.
    </Forbidden>
  );
}

function Page({ workspace }: { workspace: Workspace }) {
  const from = "/frame/workspaces/$workspace/keys" as const;
  const search = useSearch({ from });
  const navigate = useNavigate();
  const { user } = useSession();
  const [creating, setCreating] = useState<"workspace" | "mine" | null>(null);
  const names = useWorkspaceNames(workspace);
  const may = mayAt(workspace);
  const mayMine = mayAt(user);
  const createsMine = workspace.role !== null && workspace.personal_keys_enabled && mayMine("keys.create");
  const tab = search.tab === "mine" || search.tab === "organization" ? search.tab : "workspace";
  const go = (next: { tab?: string } & KeySearch) => void navigate({ to: "/workspaces/$workspace/keys", params: { workspace: workspace.id }, search: next, replace: true });
  const onSearch = (next: KeySearch) => go({ ...search, ...next });
  const name = workspace.name || workspace.id;
  const create = tab === "mine"
    ? createsMine ? <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating("mine")}>Create a personal key</Button> : null
    : tab === "workspace" && may("keys.create") ? <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating("workspace")}>Create a key</Button> : null;
  const mine = { type: "user", id: user.id } as const;
  const its = { type: "workspace", id: workspace.id } as const;
  return (
    <>
      <PageHeader tab={`API keys of ${name}`} title={`API keys of ${name}`} actions={create} about={<>What calls the API of this workspace. {tab === "workspace" && !workspace.archived && !may("keys.create") ? "Its admins create and change these keys. " : ""}{workspace.archived ? <ToneBadge tone="warn">Archived: no key does anything here</ToneBadge> : null}</>} />
      <Tabs value={tab} onChange={(value) => go(value && value !== "workspace" ? { tab: value } : {})} keepMounted={false}>
        <Tabs.List mb="md" aria-label="Whose keys" className={classes.tabs ?? ""}>
          <Tabs.Tab value="workspace" leftSection={<IconBox size={15} aria-hidden />}>Workspace</Tabs.Tab>
          <Tabs.Tab value="mine" leftSection={<IconUserKey size={15} aria-hidden />}>Personal{workspace.personal_keys_enabled ? "" : " (off)"}</Tabs.Tab>
          <Tabs.Tab value="organization" leftSection={<IconBuilding size={15} aria-hidden />}>Organization</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="workspace">
          <KeyList
            owner={its} caption={`Keys of ${name}`} search={search} onSearch={onSearch} names={names} may={may} workspace={workspace}
            empty={
              <EmptyState icon={<IconBox size={22} />} title="No workspace key yet" action={may("keys.create") ? <Button onClick={() => setCreating("workspace")}>Create the first key</Button> : null}>
                A workspace key belongs to {name}, and to nobody in it: it works on when whoever made it leaves. Use it for servers and pipelines. {may("keys.create") ? "Narrow it to the workflows that it is for." : "The workspace's admins create them."}
              </EmptyState>
            }
          />
        </Tabs.Panel>
        <Tabs.Panel value="mine">
          <PersonalKeysSwitch workspace={workspace} />
          {mayMine("keys.list") ? <KeyList
            owner={mine} caption="My personal keys" search={search} onSearch={onSearch} names={names} may={mayMine}
            empty={
              <EmptyState icon={<IconUserKey size={22} />} title="You have no personal key" action={createsMine ? <Button onClick={() => setCreating("mine")}>Create a personal key</Button> : null}>
                A personal key is you: it does what you may do, in every workspace where you are a member. It is for trying things, and for tools on your own machine. Others' personal keys are not shown here.
              </EmptyState>
            }
          /> : <Forbidden embedded title="Personal keys are not for you to manage">The policy in force lets you list none, your own neither.</Forbidden>}
        </Tabs.Panel>
        <Tabs.Panel value="organization"><ReachingKeys workspace={workspace} names={names} search={search} onSearch={onSearch} /></Tabs.Panel>
      </Tabs>
      <CreateKey owner={creating === "mine" ? mine : its} names={names} {...(creating === "workspace" ? { workspace } : {})} opened={creating !== null} onClose={() => setCreating(null)} />
    </>
  );
}
