import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type IssuedKey, keysChanged } from "../api/keys";
import { useFocusBack } from "./focus";
import { useHold, useSessionOver } from "./hold";
import type { OrganizationNames } from "./names";
import { SecretPanel } from "./SecretPanel";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  issuedTitle: string;
  names: OrganizationNames;
  /** What asks for the key: it lets `issue` make it, which fails as its call does. */
  children: (issue: Issue, busy: boolean) => ReactNode;
}

export type Issue = (make: () => Promise<IssuedKey>) => Promise<void>;

/**
 * A dialog that ends in a secret. From when the key is asked for until its secret is said to be stored, nothing but the dialog's own
 * button closes it: not Escape, not a click beside it, not the browser's way back, not the end of the session. The secret lives in
 * its state and dies with it.
 */
export function IssueModal(props: Props) {
  return props.opened ? <Opened {...props} /> : null;
}

function Opened({ onClose, title, issuedTitle, names, children }: Props) {
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const [stored, setStored] = useState(false);
  const [busy, setBusy] = useState(false);
  const over = useSessionOver();
  useFocusBack();
  const guarded = busy || (issued !== null && issued.secret !== null && !stored);
  useBlocker({ shouldBlockFn: () => guarded, enableBeforeUnload: guarded });
  useHold(busy || issued !== null);
  const close = () => {
    if (guarded) return;
    // It may have been used by now.
    if (issued && !over) keysChanged();
    onClose();
  };
  const issue: Issue = async (make) => {
    setBusy(true);
    try {
      setIssued(await make());
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={close} title={issued ? issuedTitle : title} size={640} closeOnClickOutside={false} closeOnEscape={!guarded} withCloseButton={!guarded} fullScreen={narrow}>
      {issued ? <SecretPanel issued={issued} names={names} onStored={setStored} onDone={close} /> : children(issue, busy)}
    </Modal>
  );
}
