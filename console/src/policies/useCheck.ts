import { useCallback, useEffect, useRef, useState } from "react";
import { checkPolicy, type Files, type Verdict } from "../api/policies";

const pause = 700;

export interface CheckHandle {
  /** The last verdict; of an older draft while `busy`. */
  verdict: Verdict | null;
  /** What it is the verdict on. */
  of: Files | null;
  busy: boolean;
  error: unknown;
  again: () => void;
}

/** Has a draft judged as it is written: once nobody has typed for a moment, and giving up what was asked before. */
export function useCheck(files: Files | undefined): CheckHandle {
  const [last, setLast] = useState<{ verdict: Verdict | null; of: Files | null; error: unknown }>({ verdict: null, of: null, error: null });
  const [busy, setBusy] = useState(true);
  const [asked, setAsked] = useState(0);
  const first = useRef(true);

  useEffect(() => {
    if (files === undefined) return;
    const asking = new AbortController();
    setBusy(true);
    const timer = setTimeout(async () => {
      try {
        const verdict = await checkPolicy(files, asking.signal);
        if (!asking.signal.aborted) setLast({ verdict, of: files, error: null });
      } catch (error) {
        if (!asking.signal.aborted) setLast((old) => ({ ...old, error }));
      }
      if (!asking.signal.aborted) setBusy(false);
    }, first.current ? 0 : pause);
    first.current = false;
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [files, asked]);

  return { ...last, busy, again: useCallback(() => setAsked((n) => n + 1), []) };
}
