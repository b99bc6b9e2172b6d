import { Skeleton, Table, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode } from "react";
import classes from "./DataTable.module.css";

export interface Column<T> {
  id: string;
  /** The head's words; `hidden` keeps them for screen readers alone. */
  head: string;
  hidden?: boolean;
  cell: (row: T) => ReactNode;
  end?: boolean;
  width?: number | string;
}

interface Props<T> {
  /** What the table is, for screen readers. */
  caption: string;
  /** The first column names the row. */
  columns: readonly Column<T>[];
  /** undefined while it loads: skeletons keep the place. */
  rows: readonly T[] | undefined;
  rowKey: (row: T) => string;
  /** A click anywhere on a row, beside the link or button that has to stand in its first cell for the keyboard. */
  onRow?: (row: T) => void;
  skeletons?: number;
  /** What stands where there is no row. */
  empty?: ReactNode;
}

/** A table; on a phone's width each row is a card. */
export function DataTable<T>(props: Props<T>) {
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
  if (props.rows?.length === 0 && props.empty !== undefined) return <>{props.empty}</>;
  return narrow ? <Cards {...props} /> : <Wide {...props} />;
}

function Wide<T>({ caption, columns, rows, rowKey, onRow, skeletons = 5 }: Props<T>) {
  return (
    <div className={classes.wrap} aria-busy={rows === undefined}>
      <Table className={classes.table ?? ""}>
        <caption><VisuallyHidden>{caption}</VisuallyHidden></caption>
        <Table.Thead>
          <Table.Tr>{columns.map((c) => <Table.Th key={c.id} scope="col" w={c.width} className={c.end ? classes.end : undefined}>{c.hidden ? <VisuallyHidden>{c.head}</VisuallyHidden> : c.head}</Table.Th>)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows === undefined
            ? Array.from({ length: skeletons }, (_, i) => <Table.Tr key={i}>{columns.map((c) => <Table.Td key={c.id}><Skeleton height={14} my={5} width={c.end ? 40 : "80%"} /></Table.Td>)}</Table.Tr>)
            : rows.map((row) => (
              <Table.Tr key={rowKey(row)} className={onRow ? classes.clickable : undefined} onClick={onRow ? (e) => { if (!ownClick(e.target)) onRow(row); } : undefined}>
                {columns.map((c, i) => i === 0
                  ? <Table.Th key={c.id} scope="row" fw={400} c="inherit" fz="sm" style={{ fontSize: "inherit", color: "inherit", whiteSpace: "normal" }}>{c.cell(row)}</Table.Th>
                  : <Table.Td key={c.id} className={c.end ? classes.end : undefined}>{c.cell(row)}</Table.Td>)}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Cards<T>({ caption, columns, rows, rowKey, skeletons = 3 }: Props<T>) {
  if (rows === undefined) {
    return <ul className={classes.cards} aria-label={caption} aria-busy>{Array.from({ length: skeletons }, (_, i) => <li key={i} className={classes.card}><Skeleton height={16} width="60%" my={4} /><Skeleton height={12} my={6} /><Skeleton height={12} width="80%" my={6} /></li>)}</ul>;
  }
  return (
    <ul className={classes.cards} aria-label={caption}>
      {rows.map((row) => (
        <li key={rowKey(row)} className={classes.card}>
          {/* What has no head of its own, such as a menu, stands beside the name. */}
          <div className={classes.first}><div>{columns[0]?.cell(row)}</div>{columns.slice(1).filter((c) => c.hidden).map((c) => <div key={c.id}>{c.cell(row)}</div>)}</div>
          <dl style={{ margin: 0 }}>
            {columns.slice(1).filter((c) => !c.hidden).map((c) => <div key={c.id} className={classes.pair}><dt>{c.head}</dt><dd>{c.cell(row)}</dd></div>)}
          </dl>
        </li>
      ))}
    </ul>
  );
}

/** Whether a click was for something in the row that answers clicks itself. */
function ownClick(target: EventTarget): boolean {
  return target instanceof Element && (target.closest("a, button, input, label, [role=menu], [role=dialog]") !== null || (window.getSelection()?.toString() ?? "") !== "");
}
