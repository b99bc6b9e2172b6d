import { useCallback, useEffect, useRef, useState } from "react";
import { type Files, type Impact, policyImpact } from "../api/policies";

/** How far back decisions are made again. */
export const windows = [
  { value: "hour", label: "the last hour", seconds: 3600 },
  { value: "day", label: "the last day", seconds: 86_400 },
  { value: "week", label: "the last 7 days", seconds: 7 * 86_400 },
  { value: "month", label: "the last 30 days", seconds: 30 * 86_400 },
] as const;
export type Window = (typeof windows)[number]["value"];

export interface ImpactHandle {
  impact: Impact | null;
  /** The draft that `impact` or `error` is of, or that is looked at now. */
  of: Files | null;
  window: Window;
  /** When it began, while one is worked out. */
  since: number | null;
  error: unknown;
  run: (files: Files, window: Window) => void;
  cancel: () => void;
}

/** What a draft would change: asked for on demand, for it takes its time. */
export function useImpact(): ImpactHandle {
  const [state, setState] = useState<Omit<ImpactHandle, "run" | "cancel">>({ impact: null, of: null, window: "day", since: null, error: null });
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), []);

  const run = useCallback(async (files: Files, window: Window) => {
    asking.current?.abort();
    const mine = new AbortController();
    asking.current = mine;
    setState({ impact: null, of: files, window, since: Date.now(), error: null });
    const seconds = windows.find((w) => w.value === window)!.seconds;
    try {
      const impact = await policyImpact(files, new Date(Date.now() - seconds * 1000).toISOString(), mine.signal);
      if (!mine.signal.aborted) setState((old) => ({ ...old, impact, since: null }));
    } catch (error) {
      if (!mine.signal.aborted) setState((old) => ({ ...old, error, since: null }));
    }
  }, []);

  const cancel = useCallback(() => {
    asking.current?.abort();
    setState((old) => ({ ...old, impact: null, of: null, since: null, error: null }));
  }, []);

  return { ...state, run: useCallback((files, window) => void run(files, window), [run]), cancel };
}
