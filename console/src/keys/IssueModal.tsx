import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type IssuedKey, keysChanged } from "../api/keys";
import { useFocusBack } from "./focus";
import type { OrganizationNames } from "./names";
import { SecretPanel } from "./SecretPanel";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  issuedTitle: string;
  names: OrganizationNames;
  /** What asks for the key: it hands over what was issued. */
  children: (onIssued: (issued: IssuedKey) => void) => ReactNode;
}

/**
 * A dialog that ends in a secret. Until that is said to be stored, nothing but the dialog's own button closes it: not Escape, not
 * a click beside it, not the browser's way back. The secret lives in its state and dies with it.
 */
export function IssueModal(props: Props) {
  return props.opened ? <Opened {...props} /> : null;
}

function Opened({ onClose, title, issuedTitle, names, children }: Props) {
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const [stored, setStored] = useState(false);
  useFocusBack();
  const guarded = issued !== null && issued.secret !== null && !stored;
  useBlocker({ shouldBlockFn: () => guarded, enableBeforeUnload: guarded });
  const close = () => {
    if (guarded) return;
    // It may have been used by now.
    if (issued) keysChanged();
    onClose();
  };
  return (
    <Modal opened onClose={close} title={issued ? issuedTitle : title} size={640} closeOnClickOutside={false} closeOnEscape={!guarded} withCloseButton={!guarded} fullScreen={narrow}>
      {issued ? <SecretPanel issued={issued} names={names} onStored={setStored} onDone={close} /> : children(setIssued)}
    </Modal>
  );
}
