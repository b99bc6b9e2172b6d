import { Button, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import classes from "./Diff.module.css";
import { diffOf, type FieldChange, shown } from "./diff";

/** A record before and after: what changed first of all, and what stayed for who asks. */
export function Diff({ before, after }: { before: Record<string, unknown> | null; after: Record<string, unknown> | null }) {
  const [whole, setWhole] = useState(false);
  const fields = diffOf(before, after);
  const same = fields.filter((f) => f.kind === "same");
  const visible = whole ? fields : fields.filter((f) => f.kind !== "same");
  return (
    <>
      {visible.length === 0 ? <Text size="sm" c="dimmed">No field is another.</Text> : (
        <dl className={classes.diff}>{visible.map((f) => <div key={f.field} className={classes.field}><dt><code>{f.field}</code></dt><dd><Sides field={f} /></dd></div>)}</dl>
      )}
      {same.length > 0 ? <Button variant="subtle" size="compact-xs" mt={4} onClick={() => setWhole(!whole)} aria-expanded={whole}>{whole ? "Show what changed alone" : `Show the ${same.length} that stayed`}</Button> : null}
    </>
  );
}

function Sides({ field: f }: { field: FieldChange }) {
  if (f.kind === "same") return <span className={classes.same}>{shown(f.after)}</span>;
  if (f.items) {
    return (
      <>
        {f.items.removed.map((x, i) => <Removed key={"r" + i} value={x} />)}
        {f.items.added.map((x, i) => <Added key={"a" + i} value={x} />)}
        {f.items.kept > 0 ? <Text size="xs" c="dimmed">{f.items.kept} stayed</Text> : null}
        {f.items.added.length + f.items.removed.length === 0 ? <Text size="xs" c="dimmed">in another order</Text> : null}
      </>
    );
  }
  return <>{f.kind !== "added" ? <Removed value={f.before} /> : null}{f.kind !== "removed" ? <Added value={f.after} /> : null}</>;
}

const Removed = ({ value }: { value: unknown }) => <div className={classes.removed}><span aria-hidden>−</span><VisuallyHidden>before: </VisuallyHidden><del>{shown(value)}</del></div>;
const Added = ({ value }: { value: unknown }) => <div className={classes.added}><span aria-hidden>+</span><VisuallyHidden>after: </VisuallyHidden><ins>{shown(value)}</ins></div>;
