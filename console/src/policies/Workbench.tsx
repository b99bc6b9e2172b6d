import { ActionIcon, Button, Group, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowBackUp, IconFilePlus, IconFiles, IconPencil, IconTrash, IconWand } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { formatPolicy } from "../api/policies";
import { part } from "../shell/part";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { notifyDone, notifyProblem } from "../ui/notify";
import { Panel } from "../ui/Panel";
import { count } from "../ui/words";
import { ChangeBadge } from "./Changes";
import { CheckPanels } from "./CheckPanels";
import { beginning } from "./draft";
import type { Place } from "./Editor";
import { FileDialog } from "./FileDialog";
import { FileTree } from "./FileTree";
import classes from "./policies.module.css";
import type { CheckHandle } from "./useCheck";
import type { DraftHandle } from "./useDraft";
import { failureOf } from "./words";

const Editor = lazy(() => part(import("./Editor")));

interface Props {
  draft: DraftHandle;
  check: CheckHandle;
  readOnly: boolean;
  /** The file that the address names. */
  file: string | undefined;
  onOpen: (path: string) => void;
}

const yours = "site/site.rego";
const none: never[] = [];

/** Files, editor, and what the check says of them. */
export function Workbench({ draft, check, readOnly, file, onOpen }: Props) {
  const files = draft.files!;
  const [place, setPlace] = useState<Place | null>(null);
  const [paint, setPaint] = useState(true);
  const [naming, setNaming] = useState<{ kind: "new" } | { kind: "rename"; path: string } | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const [formatting, setFormatting] = useState(false);
  const [listed, setListed] = useState(false);
  const narrow = useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });

  const removed = file !== undefined && files[file] === undefined && draft.changes.some((c) => c.path === file);
  const path = file !== undefined && (files[file] !== undefined || removed) ? file : files[yours] !== undefined ? yours : Object.keys(files).sort()[0] ?? "";
  const change = draft.changes.find((c) => c.path === path);
  const { verdict } = check;

  const faults = useMemo(() => {
    const found = new Map<string, number>();
    const add = (at: string) => found.set(at, (found.get(at) ?? 0) + 1);
    for (const d of verdict?.diagnostics ?? []) if (d.severity === "error") add(d.path);
    for (const t of verdict?.tests.results ?? []) if (!t.pass && !t.skip) add(t.path);
    return found;
  }, [verdict]);
  const diagnostics = useMemo(() => verdict?.diagnostics.filter((d) => d.path === path) ?? none, [verdict, path]);
  const tests = useMemo(() => verdict?.tests.results.filter((t) => t.path === path || (!t.pass && !t.skip && failureOf(t).path === path)) ?? none, [verdict, path]);
  const uncovered = useMemo(() => (paint ? verdict?.uncovered.filter((u) => u.path === path).map((u) => u.row) ?? none : none), [verdict, path, paint]);

  const open = useCallback((to: string) => { setListed(false); onOpen(to); }, [onOpen]);
  const goTo = useCallback((to: string, row: number, col?: number) => {
    onOpen(to);
    setPlace((old) => ({ path: to, row, ...(col === undefined ? {} : { col }), asked: (old?.asked ?? 0) + 1 }));
  }, [onOpen]);

  const format = async () => {
    if (readOnly || formatting) return;
    setFormatting(true);
    try {
      const asked = files;
      const { files: formatted, diagnostics: faulty } = await formatPolicy(asked);
      // What was typed meanwhile stays as it was typed.
      for (const [at, source] of Object.entries(formatted)) if (source !== asked[at] && latest.current[at] === asked[at]) draft.write(at, source);
      const changed = Object.keys(formatted).filter((at) => formatted[at] !== asked[at]).length;
      const broken = new Set(faulty.map((d) => d.path)).size;
      notifyDone((changed === 0 ? "Every file is as opa fmt writes it." : `${count(changed, "file")} formatted.`) + (broken > 0 ? ` ${count(broken, "file")} could not be read, and stayed as it was.` : ""));
    } catch (error) {
      notifyProblem(error, "The draft was not formatted");
    } finally {
      setFormatting(false);
    }
  };

  const latest = useRef(files);
  latest.current = files;
  const tree = <FileTree files={files} changes={draft.changes} faults={faults} current={path} onOpen={open} />;
  const add = readOnly ? null : <Button variant="subtle" size="compact-sm" fullWidth justify="start" leftSection={<IconFilePlus size={15} aria-hidden />} onClick={() => setNaming({ kind: "new" })}>New file</Button>;

  return (
    <Stack gap="md">
      <Panel>
        <div className={classes.bench}>
          {narrow ? (
            <div className={classes.files}>
              <Button variant="default" fullWidth justify="start" leftSection={<IconFiles size={16} aria-hidden />} aria-expanded={listed} onClick={() => setListed(!listed)}>{listed ? "Hide the files" : `Files: ${path}`}</Button>
              {listed ? <>{tree}{add}</> : null}
            </div>
          ) : <div className={classes.files}>{add}{tree}</div>}
          <div className={classes.work}>
            <div className={classes.bar}>
              <span className={classes.path}>{path}</span>
              {change ? <ChangeBadge change={change.change} /> : null}
              <span style={{ flex: 1 }} />
              {readOnly ? null : (
                <Group gap={4}>
                  {change ? <Tool label={change.change === "removed" ? "Bring the file back" : change.change === "added" ? "Drop the new file" : "Undo the changes of this file"} onClick={() => draft.write(path, change.change === "added" ? null : change.before)}><IconArrowBackUp size={16} aria-hidden /></Tool> : null}
                  {removed ? null : <Tool label="Rename the file" onClick={() => setNaming({ kind: "rename", path })}><IconPencil size={16} aria-hidden /></Tool>}
                  {removed || change?.change === "added" ? null : <Tool label="Delete the file" onClick={() => setDeleting(path)}><IconTrash size={16} aria-hidden /></Tool>}
                  <Button variant="default" size="compact-sm" leftSection={<IconWand size={15} aria-hidden />} loading={formatting} onClick={() => void format()}>Format</Button>
                </Group>
              )}
            </div>
            {removed || path === "" ? <p className={classes.quiet}>{removed ? "The draft takes this file away. Bring it back to edit it." : "The draft has no file: make one."}</p> : (
              <Suspense fallback={<Stack p="md" gap="sm" aria-busy className={classes.editor ?? ""}>{Array.from({ length: 8 }, (_, i) => <Skeleton key={i} height={14} width={`${40 + ((i * 37) % 50)}%`} />)}</Stack>}>
                <Editor
                  path={path} text={files[path] ?? ""} readOnly={readOnly} onChange={draft.write} onFormat={() => void format()} diagnostics={diagnostics} tests={tests} uncovered={uncovered}
                  place={place} className={classes.editor ?? ""}
                />
              </Suspense>
            )}
            <Foot readOnly={readOnly} />
          </div>
        </div>
      </Panel>
      <CheckPanels check={check} onGoTo={goTo} paint={paint} onPaint={setPaint} />

      <FileDialog
        of={naming} files={files} onClose={() => setNaming(null)}
        onDone={(to) => {
          if (naming?.kind === "rename") draft.rename(naming.path, to);
          else draft.write(to, beginning(to));
          open(to);
        }}
      />
      <ConfirmDialog opened={deleting !== null} onClose={() => setDeleting(null)} title="Delete the file?" confirm="Delete the file" danger onConfirm={async () => { if (deleting) draft.write(deleting, null); }}>
        <Text size="sm"><code>{deleting}</code> goes out of the draft{deleting && files[deleting.replace(/\.rego$/, "_test.rego")] !== undefined ? ", and its tests stay" : ""}. Until the draft is published, it can be brought back.</Text>
      </ConfirmDialog>
    </Stack>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return <Tooltip label={label}><ActionIcon variant="subtle" color="gray" size={28} aria-label={label} onClick={onClick}>{children}</ActionIcon></Tooltip>;
}

function Foot({ readOnly }: { readOnly: boolean }) {
  return (
    <div className={classes.foot}>
      <span>{readOnly ? "Read only." : "The draft is kept in this tab."}</span>
      <span><kbd>Ctrl F</kbd> search{readOnly ? "" : <>, <kbd>Ctrl S</kbd> format, <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the editor</>}</span>
    </div>
  );
}
