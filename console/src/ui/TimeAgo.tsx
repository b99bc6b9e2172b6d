import { useSyncExternalStore } from "react";
import { ago, exact } from "./time";

// One clock for all of them.
let tick = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
function listen(changed: () => void) {
  listeners.add(changed);
  timer ??= setInterval(() => {
    tick = Date.now();
    for (const l of listeners) l();
  }, 20_000);
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A moment as a distance from now, with the moment itself as its title. `none` stands where there is none. */
export function TimeAgo({ at, none = "Never" }: { at: string | Date | null | undefined; none?: string }) {
  useSyncExternalStore(listen, () => tick);
  if (!at) return <span>{none}</span>;
  const date = typeof at === "string" ? new Date(at) : at;
  return <time dateTime={date.toISOString()} title={exact(date)} className="sg-numbers">{ago(date)}</time>;
}
