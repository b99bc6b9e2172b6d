import { Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";
import classes from "./Keys.module.css";

/** A part of a form that is folded until it is wanted; what is chosen in it stands on its head. What is at fault in it opens it. */
export function Fold({ label, value, error, open = false, children }: { label: string; value: string; error?: ReactNode; open?: boolean; children: ReactNode }) {
  const [opened, setOpened] = useState(open);
  const shown = opened || Boolean(error);
  const id = useId();
  return (
    <div className={classes.fold}>
      <button type="button" className={classes.foldHead} aria-expanded={shown} aria-controls={id} onClick={() => setOpened(!shown)}>
        <IconChevronRight size={16} aria-hidden />
        <span className={classes.foldLabel}>{label}</span>
        <Text component="span" size="sm" className={classes.foldValue}>{value}</Text>
      </button>
      <div id={id} hidden={!shown} className={classes.foldBody}>{shown ? children : null}</div>
    </div>
  );
}
