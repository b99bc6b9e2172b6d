import type { ReactNode } from "react";
import classes from "./FieldList.module.css";

/** Names and values, one below the other: a description list. What has no value is left out. */
export function FieldList({ fields }: { fields: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={classes.list}>
      {fields.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => <div key={name} className={classes.field}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}
