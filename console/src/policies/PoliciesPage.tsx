import { Alert, Button, Menu, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { IconChevronDown, IconFileDiff, IconGitCompare, IconInfoCircle, IconPackage, IconSend, IconTrash } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { type PolicyRevision, policyQuery, upgradeQuery } from "../api/policies";
import { queryClient } from "../api/query";
import { useMay, useSession } from "../api/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { EmptyState } from "../ui/EmptyState";
import { PageProblem } from "../ui/Forbidden";
import { LinkTo } from "../ui/links";
import { notifyDone } from "../ui/notify";
import { PageHeader } from "../ui/PageHeader";
import { Panel } from "../ui/Panel";
import { PageSkeleton } from "../ui/Skeletons";
import { ToneBadge } from "../ui/StatusBadge";
import { TimeAgo } from "../ui/TimeAgo";
import { count } from "../ui/words";
import { Changes, useWay, type Way } from "./Changes";
import { applied, editsOf } from "./draft";
import { ImpactView } from "./ImpactView";
import { NotForYou } from "./NotForYou";
import { RebaseDialog } from "./RebaseDialog";
import { ReleaseDialog } from "./ReleaseDialog";
import { useCheck } from "./useCheck";
import { type DraftHandle, useDraft } from "./useDraft";
import { useImpact } from "./useImpact";
import { Workbench } from "./Workbench";

/** The policy in force, and the draft of the next. */
export function PoliciesPage() {
  const mayRead = useMay("policies.read");
  const policy = useQuery({ ...policyQuery, enabled: mayRead });
  if (!mayRead) return <NotForYou />;
  if (policy.data === undefined) return policy.error ? <PageProblem error={policy.error} retry={() => void policy.refetch()} /> : <PageSkeleton />;
  return <Desk policy={policy.data} />;
}

function Desk({ policy }: { policy: PolicyRevision }) {
  const { user } = useSession();
  const mayWrite = useMay("policies.write");
  const draft = useDraft(user.id, policy);
  const check = useCheck(draft.files);
  const impact = useImpact();
  const upgrade = useQuery({ ...upgradeQuery, enabled: mayWrite });
  const { tab = "edit", file } = useSearch({ from: "/frame/policies" });
  const navigate = useNavigate({ from: "/policies" });
  const [asking, setAsking] = useState<"publish" | "shadow" | "discard" | "rebase" | "upgrade" | null>(null);
  const way = useWay();
  const close = useCallback(() => setAsking(null), []);
  const open = useCallback((path: string) => void navigate({ search: (old) => ({ ...old, tab: undefined, file: path }), replace: true }), [navigate]);
  const { changes, files } = draft;
  const edited = changes.length > 0;

  const review = useMemo(() => (upgrade.data?.available && upgrade.data.base_revision === policy.revision ? upgrade.data : null), [upgrade.data, policy.revision]);
  const laidIn = review !== null && files !== undefined && Object.keys(editsOf(policy.files, review.files)).every((path) => files[path] === review.files[path]);

  if (files === undefined) return draft.error ? <PageProblem error={draft.error} retry={() => location.reload()} /> : <PageSkeleton />;

  const done = (published: PolicyRevision | null) => {
    if (published === null) {
      close();
      draft.discard();
      notifyDone("The draft runs in the shadow.");
      void navigate({ to: "/policies/shadow" });
      return;
    }
    queryClient.setQueryData(policyQuery.queryKey, published);
    draft.discard(published.revision);
    impact.cancel();
  };

  return (
    <>
      <PageHeader
        title="Policies" tab="Policies"
        about={<>Revision {policy.revision} is in force: “{policy.message}” by {policy.author}, <TimeAgo at={policy.published_at} />. <LinkTo to="/policies/history">History</LinkTo></>}
        actions={mayWrite ? (
          <>
            {edited ? <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking("discard")}>Discard</Button> : null}
            <Button.Group>
              <Button leftSection={<IconSend size={16} aria-hidden />} disabled={!edited || draft.behind} onClick={() => setAsking("publish")}>Publish…</Button>
              <Menu position="bottom-end">
                <Menu.Target><Button px={8} aria-label="More ways to go on with the draft" disabled={!edited || draft.behind} style={{ borderLeft: "1px solid #fff6" }}><IconChevronDown size={16} aria-hidden /></Button></Menu.Target>
                <Menu.Dropdown><Menu.Item leftSection={<IconGitCompare size={16} aria-hidden />} onClick={() => setAsking("shadow")}>Begin a shadow run…</Menu.Item></Menu.Dropdown>
              </Menu>
            </Button.Group>
          </>
        ) : <ToneBadge tone="neutral">Read only: your role may not publish</ToneBadge>}
      />
      <Stack gap="md">
        {draft.behind ? (
          <Alert color="yellow" icon={<IconInfoCircle aria-hidden />} title={`Revision ${policy.revision} was published meanwhile`}>
            <Text size="sm" mb="sm">Your draft was written on revision {draft.base}. Lay it on what is in force before you publish: you see what differs, and choose for each file that both changed.</Text>
            <Button size="xs" variant="default" onClick={() => setAsking("rebase")}>See what differs</Button>
          </Alert>
        ) : null}
        {review !== null && !laidIn && !draft.behind ? (
          <Alert color="blue" icon={<IconPackage aria-hidden />} title="A newer version of the shipped policy is here">
            <Text size="sm" mb="sm">This steelgate ships {count(review.taken.length, "file")} otherwise than what is in force. Files that were edited here stay as they are{review.review.length > 0 ? `; see whether ${review.review.join(", ")} should follow` : ""}. Nothing is published by itself.</Text>
            <Button size="xs" variant="default" onClick={() => setAsking("upgrade")}>Lay it into the draft</Button>
          </Alert>
        ) : null}
        <Tabs value={tab} onChange={(next) => void navigate({ search: (old) => ({ ...old, tab: next === "edit" || next === null ? undefined : next }), replace: true })}>
          <Tabs.List aria-label="The draft" mb="md">
            <Tabs.Tab value="edit">{mayWrite ? "Edit" : "Files"}</Tabs.Tab>
            <Tabs.Tab value="changes">Changes <Text span size="xs" c="dimmed" className="sg-numbers">{changes.length}</Text></Tabs.Tab>
            <Tabs.Tab value="impact">Impact</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="edit"><Workbench draft={draft} check={check} readOnly={!mayWrite} file={file} onOpen={open} /></Tabs.Panel>
          <Tabs.Panel value="changes" keepMounted={false}>{edited ? <ChangesPanel draft={draft} mayWrite={mayWrite} way={way} /> : <NothingChanged mayWrite={mayWrite} />}</Tabs.Panel>
          <Tabs.Panel value="impact" keepMounted={false}><ImpactView handle={impact} files={files} changed={edited} /></Tabs.Panel>
        </Tabs>
      </Stack>

      <ReleaseDialog
        kind={asking === "shadow" ? "shadow" : "publish"} opened={asking === "publish" || asking === "shadow"} onClose={close} files={files} changes={changes} base={draft.base}
        verdict={check.of === files ? check.verdict : null} impact={impact} onDone={done} onStale={() => { void queryClient.invalidateQueries({ queryKey: policyQuery.queryKey }); setAsking("rebase"); }}
      />
      <ConfirmDialog opened={asking === "discard"} onClose={close} title="Discard the draft?" confirm="Discard the draft" danger onConfirm={async () => draft.discard()}>
        <Text size="sm">What you changed in {count(changes.length, "file")} is gone, and can't be brought back. The policy in force stays as it is.</Text>
      </ConfirmDialog>
      {draft.baseFiles && draft.behind ? <RebaseDialog opened={asking === "rebase"} onClose={close} base={draft.base} baseFiles={draft.baseFiles} mine={files} theirs={policy} onRebase={draft.rebase} /> : null}
      {review ? (
        <ConfirmDialog opened={asking === "upgrade"} onClose={close} title="Lay the shipped files into the draft?" confirm="Lay them in" onConfirm={async () => { draft.replace(applied(files, Object.fromEntries(review.taken.map((path) => [path, review.files[path] ?? null])))); void navigate({ search: { tab: "changes" } }); }}>
          <Text size="sm" mb="xs">These become as they are shipped; whatever your draft says in them is replaced:</Text>
          <ul style={{ margin: 0 }}>{review.taken.map((path) => <li key={path}><code>{path}</code></li>)}</ul>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function ChangesPanel({ draft, mayWrite, way }: { draft: DraftHandle; mayWrite: boolean; way: Way }) {
  return (
    <Panel title={`${count(draft.changes.length, "file")} otherwise than in revision ${draft.base}`} actions={way.control}>
      <Changes changes={draft.changes} way={way} actions={(c) => (mayWrite ? <Button size="compact-xs" variant="default" onClick={() => draft.write(c.path, c.change === "added" ? null : c.before)}>Undo the change</Button> : null)} />
    </Panel>
  );
}

function NothingChanged({ mayWrite }: { mayWrite: boolean }) {
  return (
    <EmptyState icon={<IconFileDiff size={22} />} title="No changes">
      {mayWrite ? <>Your draft is what is in force. Edit a file, and what differs stands here. The installation's own rules belong in <code>site/site.rego</code>, and their tests beside it.</> : "You see what is in force. To change it takes the platform role policy_admin or admin."}
    </EmptyState>
  );
}
