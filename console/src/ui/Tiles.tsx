import { Skeleton } from "@mantine/core";
import classes from "./Tiles.module.css";

export interface Tile {
  name: string;
  /** A number is written out; undefined is one that is on its way. */
  value: string | number | undefined;
  about: string;
}

/** Figures side by side. `inside` is for a panel, below what stands there already. */
export function Tiles({ tiles, inside = false }: { tiles: readonly Tile[]; inside?: boolean }) {
  return (
    <dl className={`${classes.tiles} ${inside ? classes.inside : classes.alone}`}>
      {tiles.map(({ name, value, about }) => (
        <div key={name} className={classes.tile}>
          <dt>{name}</dt>
          <dd className={classes.value}>{value === undefined ? <Skeleton height={26} width={70} my={3} /> : typeof value === "number" ? value.toLocaleString("en") : value}</dd>
          <dd className={classes.about}>{about}</dd>
        </div>
      ))}
    </dl>
  );
}
