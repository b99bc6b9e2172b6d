import { ActionIcon, Menu } from "@mantine/core";
import { IconBan, IconDots, IconEdit, IconPlayerPause, IconPlayerPlay, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { type Key, useSwitchKey } from "../api/keys";
import type { Workspace } from "../api/places";
import { notifyProblem } from "../ui/notify";
import { EditKey } from "./EditKey";
import { FocusBack } from "./focus";
import type { MayDo } from "./may";
import type { OrganizationNames } from "./names";
import { RevokeKey } from "./RevokeKey";
import { RotateKey } from "./RotateKey";
import { hasEnded } from "./status";

export type KeyAct = "edit" | "rotate" | "revoke";

/** What can be done with a key in its state, by who may. */
export function actsOn(key: Key, may: MayDo, now: Date = new Date()) {
  const ended = hasEnded(key, now);
  const expired = key.expires_at !== null && Date.parse(key.expires_at) <= now.getTime();
  return {
    edit: !ended && may("keys.update"),
    toggle: !ended && may("keys.update"),
    rotate: !key.revoked_at && !key.replaced_by && !expired && may("keys.rotate"),
    revoke: !key.revoked_at && may("keys.revoke"),
  };
}

/** The dialogs of one page: which one is open, and for which key. */
export function useKeyDialogs(names: OrganizationNames, workspace?: Workspace, onRotated?: (successor: string) => void) {
  const [open, setOpen] = useState<{ act: KeyAct; key: Key } | null>(null);
  const close = () => setOpen(null);
  const common = open && { keyRecord: open.key, names, onClose: close };
  return {
    ask: (act: KeyAct, key: Key) => setOpen({ act, key }),
    dialogs: common && open ? (
      <>
        <FocusBack />
        <EditKey {...common} opened={open.act === "edit"} {...(workspace ? { workspace } : {})} />
        <RotateKey {...common} opened={open.act === "rotate"} {...(onRotated ? { onRotated } : {})} />
        <RevokeKey {...common} opened={open.act === "revoke"} />
      </>
    ) : null,
  };
}

export function KeyMenu({ keyRecord: key, may, ask, all = true }: { keyRecord: Key; may: MayDo; ask: (act: KeyAct, key: Key) => void; all?: boolean }) {
  const toggle = useSwitchKey((error, disabled) => notifyProblem(error, disabled ? "The key was not disabled" : "The key was not enabled"));
  const can = actsOn(key, may);
  if (!can.toggle && !can.revoke && !(all && (can.edit || can.rotate))) return null;
  return (
    <Menu position="bottom-end" withinPortal width={180}>
      <Menu.Target><ActionIcon variant={all ? "subtle" : "default"} color="gray" size={all ? 28 : 36} aria-label={`What to do with ${key.name}`}><IconDots size={17} aria-hidden /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        {all && can.edit ? <Menu.Item leftSection={<IconEdit size={15} aria-hidden />} onClick={() => ask("edit", key)}>Edit</Menu.Item> : null}
        {all && can.rotate ? <Menu.Item leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => ask("rotate", key)}>Rotate</Menu.Item> : null}
        {can.toggle ? (
          <Menu.Item leftSection={key.disabled ? <IconPlayerPlay size={15} aria-hidden /> : <IconPlayerPause size={15} aria-hidden />} onClick={() => toggle.mutate({ key, disabled: !key.disabled })}>{key.disabled ? "Enable" : "Disable"}</Menu.Item>
        ) : null}
        {can.revoke ? <><Menu.Divider /><Menu.Item leftSection={<IconBan size={15} aria-hidden />} style={{ color: "var(--sg-bad)" }} onClick={() => ask("revoke", key)}>Revoke</Menu.Item></> : null}
      </Menu.Dropdown>
    </Menu>
  );
}
