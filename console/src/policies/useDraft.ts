import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Files, type PolicyRevision, revisionQuery } from "../api/policies";
import { applied, changesBetween, type Edits, editsOf, type FileChange, storedEdits, storeEdits } from "./draft";

export interface DraftHandle {
  /** The whole policy that the draft is; undefined while the revision that it was written on is on its way. */
  files: Files | undefined;
  baseFiles: Files | undefined;
  base: number;
  /** What it changes in its base. */
  changes: FileChange[];
  /** Whether another revision was published since. */
  behind: boolean;
  error: unknown;
  write: (path: string, source: string | null) => void;
  rename: (from: string, to: string) => void;
  /** The draft becomes these files, on the base that it has, or on what is in force now. */
  replace: (files: Files) => void;
  rebase: (files: Files) => void;
  /** Begins anew on a revision: what is in force unless another is given. */
  discard: (on?: number) => void;
}

/** The draft of a user: in memory, and in the tab's store for when the page is loaded anew. */
export function useDraft(user: string, policy: PolicyRevision): DraftHandle {
  const [kept, setEdits] = useState<Edits>(() => storedEdits(user, policy.revision) ?? { base: policy.revision, files: {} });
  // A draft that changes nothing is always one of what is in force.
  const edits = useMemo(() => (Object.keys(kept.files).length === 0 ? { base: policy.revision, files: {} } : kept), [kept, policy.revision]);
  const behind = edits.base !== policy.revision;
  // What was in force when the draft fell behind is known still: whatever is open on the draft, such as its publishing, stays.
  const written = useRef(policy);
  if (!behind) written.current = policy;
  const known = written.current.revision === edits.base;
  const older = useQuery({ ...revisionQuery(edits.base), enabled: !known });
  const baseFiles = known ? written.current.files : older.data?.files;

  const files = useMemo(() => (baseFiles === undefined ? undefined : applied(baseFiles, edits.files)), [baseFiles, edits]);
  const changes = useMemo(() => (baseFiles === undefined || files === undefined ? [] : changesBetween(baseFiles, files)), [baseFiles, files]);

  useEffect(() => storeEdits(user, edits), [user, edits]);

  const change = useCallback((make: (files: Files) => Files) => {
    if (baseFiles === undefined) return;
    setEdits((old) => {
      const from = Object.keys(old.files).length === 0 ? { base: edits.base, files: {} } : old;
      return { base: from.base, files: editsOf(baseFiles, make(applied(baseFiles, from.files))) };
    });
  }, [baseFiles, edits.base]);

  const forget = useCallback((next: Edits) => {
    if (next.base !== edits.base) storeEdits(user, { base: edits.base, files: {} });
    setEdits(next);
  }, [user, edits.base]);

  return {
    files, baseFiles, base: edits.base, changes, behind, error: older.error,
    write: useCallback((path, source) => change((all) => applied(all, { [path]: source })), [change]),
    rename: useCallback((from, to) => change((all) => applied(all, { [from]: null, [to]: all[from] ?? "" })), [change]),
    replace: useCallback((next) => change(() => next), [change]),
    rebase: useCallback((next) => forget({ base: policy.revision, files: editsOf(policy.files, next) }), [forget, policy]),
    discard: useCallback((on = policy.revision) => forget({ base: on, files: {} }), [forget, policy.revision]),
  };
}
