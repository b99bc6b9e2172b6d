import { useEffect, useSyncExternalStore } from "react";

/*
 * A session may end while a new secret is on its way, or stands in its dialog. To forget everything and go to the page of signing in
 * would lose the secret for good, so that it waits for the dialog to close.
 */

let holders = 0;
let waiting: (() => void) | null = null;
const listeners = new Set<() => void>();

function tell(): void {
  for (const changed of listeners) changed();
}

function wait(then: (() => void) | null): void {
  waiting = then;
  tell();
}

/** Does what follows the end of the session: at once, or as soon as nothing holds it up. Told twice, it is done once. */
export function afterHolding(then: () => void): void {
  if (holders === 0) then();
  else if (!waiting) wait(then);
}

/** Holds it up until the answered function is called. */
export function hold(): () => void {
  holders++;
  tell();
  let released = false;
  return () => {
    if (released) return;
    released = true;
    holders--;
    tell();
    // What closes a dialog also takes away what blocked the page's leaving: first that, then this.
    queueMicrotask(() => {
      if (holders > 0 || !waiting) return;
      const then = waiting;
      wait(null);
      then();
    });
  };
}

/** Holds it up for as long as `on` is true and the component stands. */
export function useHold(on: boolean): void {
  useEffect(() => (on ? hold() : undefined), [on]);
}

const listen = (changed: () => void) => {
  listeners.add(changed);
  return () => void listeners.delete(changed);
};

/** Whether a new secret is on its way or stands in its dialog: what would take the dialog away waits. */
export const useHolding = (): boolean => useSyncExternalStore(listen, () => holders > 0);

/** Whether the session has ended, and what follows of it is held up. */
export const useSessionOver = (): boolean => useSyncExternalStore(listen, () => waiting !== null);
