import { Fragment, type ReactNode } from "react";
import classes from "./Facts.module.css";

/** Names and what they are: a description list. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return <dl className={classes.facts}>{facts.map(([name, fact]) => <Fragment key={name}><dt>{name}</dt><dd>{fact}</dd></Fragment>)}</dl>;
}
