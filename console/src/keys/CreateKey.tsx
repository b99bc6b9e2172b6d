import { useRef } from "react";
import { createKey, type KeyOwner } from "../api/keys";
import type { Workspace } from "../api/places";
import { creationOf, type Draft, emptyDraft } from "./draft";
import { type Issue, IssueModal } from "./IssueModal";
import { KeyForm } from "./KeyForm";
import type { OrganizationNames } from "./names";
import { useOnce } from "./once";

interface Props {
  owner: KeyOwner;
  names: OrganizationNames;
  workspace?: Workspace;
  opened: boolean;
  onClose: () => void;
}

const titles = { user: "Create a personal key", workspace: "Create a workspace key", organization: "Create an organization key" };

/** Makes a key, and shows its secret. */
export function CreateKey(props: Props) {
  return (
    <IssueModal opened={props.opened} onClose={props.onClose} title={titles[props.owner.type]} issuedTitle="Your new key" names={props.names}>
      {(issue) => <Form {...props} issue={issue} />}
    </IssueModal>
  );
}

function Form({ owner, names, workspace, onClose, issue }: Props & { issue: Issue }) {
  const once = useOnce();
  // An expiry in days counts from when the form was sent first, so that to send it again is the same request.
  const sent = useRef<{ draft: Draft; at: Date } | null>(null);
  return (
    <KeyForm
      owner={owner} initial={emptyDraft} names={names} {...(workspace ? { workspace } : {})} submit="Create the key" onCancel={onClose}
      onSubmit={async (draft) => {
        if (sent.current?.draft !== draft) sent.current = { draft, at: new Date() };
        const body = creationOf(draft, owner, sent.current.at);
        await issue(() => createKey(body, once(body)));
      }}
    />
  );
}
