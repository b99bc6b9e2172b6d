import type { Files } from "../api/policies";

/** What happened to a file since the revision that a draft was written on. */
export type Change = "added" | "changed" | "removed";

/** A draft: what it changes in one revision. null stands for a file that is taken away. */
export interface Edits {
  base: number;
  files: Record<string, string | null>;
}

/** The whole policy that a draft is. */
export function applied(base: Files, edits: Edits["files"]): Files {
  const files: Files = { ...base };
  for (const [path, source] of Object.entries(edits)) {
    if (source === null) delete files[path];
    else files[path] = source;
  }
  return files;
}

/** What a whole policy changes in another: what applied takes. */
export function editsOf(base: Files, files: Files): Edits["files"] {
  const edits: Edits["files"] = {};
  for (const path of new Set([...Object.keys(base), ...Object.keys(files)])) {
    if (base[path] !== files[path]) edits[path] = files[path] ?? null;
  }
  return edits;
}

export interface FileChange {
  path: string;
  change: Change;
  before: string;
  after: string;
}

/** The files that differ, by their paths. */
export function changesBetween(before: Files, after: Files): FileChange[] {
  return Object.entries(editsOf(before, after))
    .map(([path, source]): FileChange => ({
      path,
      change: source === null ? "removed" : before[path] === undefined ? "added" : "changed",
      before: before[path] ?? "",
      after: source ?? "",
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export const isTest = (path: string): boolean => path.endsWith("_test.rego");

/** The folders with their files; each test stands right behind what it tests, and files of no folder come last. */
export function folders(paths: Iterable<string>): { folder: string; paths: string[] }[] {
  const found = new Map<string, string[]>();
  for (const path of [...paths].sort()) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    found.set(folder, [...(found.get(folder) ?? []), path]);
  }
  return [...found].sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1)).map(([folder, inside]) => ({ folder, paths: inside }));
}

const maxPath = 200;

/** Why a path can't be a new file's, or null. */
export function pathFault(path: string, taken: Files): string | null {
  if (path === "") return "Name the file, such as site/weekend.rego.";
  if (!path.endsWith(".rego")) return "The name ends in .rego; a file of tests in _test.rego.";
  if (path.length > maxPath) return `At most ${maxPath} characters.`;
  if (!/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(path) || path.split("/").some((part) => part === "." || part === ".." || part === ".rego")) return "A relative path of letters, digits, - and _, such as site/weekend.rego.";
  if (taken[path] !== undefined) return "There is such a file already.";
  return null;
}

/** What a new file begins with: a package by its folder, and for tests the one beside it. */
export function beginning(path: string): string {
  const folder = path.split("/").slice(0, -1).map((part) => part.replaceAll(/[^A-Za-z0-9_]/g, "_"));
  const name = ["steelgate", ...(folder.length > 0 ? folder : ["site"])].join(".");
  if (!isTest(path)) return `package ${name}\n`;
  return `package ${name}_test\n\nimport data.${name}\n`;
}

/** One file that was published otherwise while a draft was written. */
export interface Moved {
  path: string;
  /** undefined is no such file. */
  mine: string | undefined;
  theirs: string | undefined;
  /** Whether the draft changes it too, and otherwise than what was published. */
  conflict: boolean;
}

/** What was published between a draft's base and now. */
export function moved(base: Files, mine: Files, theirs: Files): Moved[] {
  return Object.keys(editsOf(base, theirs)).sort().map((path) => ({
    path, mine: mine[path], theirs: theirs[path],
    conflict: mine[path] !== base[path] && mine[path] !== theirs[path],
  }));
}

/** The draft on top of what was published: files that only one side changed are that side's, the others as chosen. */
export function rebased(base: Files, mine: Files, theirs: Files, keepMine: ReadonlySet<string>): Files {
  const files: Files = { ...mine };
  for (const m of moved(base, mine, theirs)) {
    if (m.conflict && keepMine.has(m.path)) continue;
    if (m.theirs === undefined) delete files[m.path];
    else files[m.path] = m.theirs;
  }
  return files;
}

const prefix = "steelgate.policy-draft.";

/** Where the drafts of a user stand while the tab is open: one for each revision that one was written on. */
export function storeEdits(user: string, edits: Edits, store: Storage = sessionStorage): void {
  const key = `${prefix}${user}.${edits.base}`;
  try {
    if (Object.keys(edits.files).length === 0) store.removeItem(key);
    else store.setItem(key, JSON.stringify(edits.files));
  } catch {
    // A full store: the draft is in memory all the same.
  }
}

/** The draft of a revision, else that of the newest other that one was written on. */
export function storedEdits(user: string, revision: number, store: Storage = sessionStorage): Edits | null {
  const bases: number[] = [];
  for (let i = 0; i < store.length; i++) {
    const key = store.key(i) ?? "";
    const base = Number(key.slice(prefix.length + user.length + 1));
    if (key.startsWith(`${prefix}${user}.`) && Number.isInteger(base) && base > 0) bases.push(base);
  }
  const base = bases.includes(revision) ? revision : Math.max(0, ...bases);
  if (base === 0) return null;
  try {
    const files: unknown = JSON.parse(store.getItem(`${prefix}${user}.${base}`) ?? "");
    if (typeof files === "object" && files !== null && Object.values(files).every((v) => v === null || typeof v === "string")) return { base, files: files as Edits["files"] };
  } catch {
    // Nobody else writes there: what is not understood is none.
  }
  return null;
}
