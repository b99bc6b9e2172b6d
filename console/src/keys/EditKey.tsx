import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { changeKey, type Key, ownerOf } from "../api/keys";
import type { Workspace } from "../api/places";
import { notifyDone } from "../ui/notify";
import { day } from "../ui/time";
import { changeOf, draftOf } from "./draft";
import { KeyForm } from "./KeyForm";
import type { OrganizationNames } from "./names";

interface Props {
  keyRecord: Key;
  names: OrganizationNames;
  workspace?: Workspace;
  opened: boolean;
  onClose: () => void;
}

/** Changes what can be changed of a key. */
export function EditKey({ keyRecord: key, names, workspace, opened, onClose }: Props) {
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  return (
    <Modal opened={opened} onClose={onClose} title={`Edit ${key.name}`} size={640} closeOnClickOutside={false} fullScreen={narrow}>
      {opened ? (
        <KeyForm
          owner={ownerOf(key)} initial={draftOf(key)} names={names} {...(workspace ? { workspace } : {})} submit="Save" onCancel={onClose} was={key}
          {...(key.replaced_by && key.expires_at ? { endsFor: `It was replaced, and ends on ${day(new Date(key.expires_at))}: it can end sooner, and not later.` } : {})}
          onSubmit={async (draft) => {
            const change = changeOf(draft, key);
            if (Object.keys(change).length > 0) {
              await changeKey(key.id, change);
              notifyDone("Saved. It holds from the next request on.");
            }
            onClose();
          }}
        />
      ) : null}
    </Modal>
  );
}
