import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import classes from "./Panel.module.css";

/** A bordered part of a page. With a title it is a region that a screen reader can go to. */
export function Panel({ title, actions, padded = false, children }: { title?: ReactNode; actions?: ReactNode; padded?: boolean; children: ReactNode }) {
  const id = useId();
  const inside = padded ? <div className={classes.padded}>{children}</div> : children;
  if (title === undefined) return <div className={classes.panel}>{inside}</div>;
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <div className={classes.head}>
        <Title order={2} id={id}>{title}</Title>
        {actions}
      </div>
      {inside}
    </section>
  );
}
