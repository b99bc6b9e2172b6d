import classes from "./UsageBars.module.css";

export interface UsageBucket {
  allowed: number;
  denied: number;
}

/** A small picture of recent use: one bar a bucket, denied stacked on allowed. Its numbers are said in its label. */
export function UsageBars({ buckets, label, width = 96, height = 22 }: { buckets: readonly UsageBucket[]; label?: string; width?: number; height?: number }) {
  const most = Math.max(1, ...buckets.map((b) => b.allowed + b.denied));
  const allowed = buckets.reduce((sum, b) => sum + b.allowed, 0);
  const denied = buckets.reduce((sum, b) => sum + b.denied, 0);
  const step = width / Math.max(1, buckets.length);
  const thick = Math.max(1, step - (step > 3 ? 1 : 0));
  return (
    <svg className={classes.bars} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label ? label + ": " : ""}${allowed} allowed, ${denied} denied`}>
      {buckets.map((b, i) => {
        const up = scale(b.allowed + b.denied, most, height);
        const down = b.denied === 0 ? 0 : Math.max(2, up * (b.denied / (b.allowed + b.denied)));
        const x = i * step;
        if (up === 0) return <rect key={i} className={classes.none} x={x} y={height - 1} width={thick} height={1} />;
        return (
          <g key={i}>
            <rect className={classes.allowed} x={x} y={height - up} width={thick} height={up} />
            {down > 0 ? <rect className={classes.denied} x={x} y={height - up} width={thick} height={Math.min(up, down)} /> : null}
          </g>
        );
      })}
    </svg>
  );
}

function scale(n: number, most: number, height: number): number {
  return n === 0 ? 0 : Math.max(2, (n / most) * height);
}
