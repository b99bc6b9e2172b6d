import { VisuallyHidden } from "@mantine/core";
import { IconFileCode, IconFlask } from "@tabler/icons-react";
import type { Files } from "../api/policies";
import { count } from "../ui/words";
import { type FileChange, folders, isTest } from "./draft";
import classes from "./policies.module.css";

interface Props {
  files: Files;
  changes: readonly FileChange[];
  /** How many errors and failing tests stand in each file. */
  faults: ReadonlyMap<string, number>;
  current: string;
  onOpen: (path: string) => void;
}

const marks = { added: ["A", "new"], changed: ["M", "changed"], removed: ["D", "removed"] } as const;

/** The files of a draft, by folder, with what was done to them; those that it takes away stand struck out. */
export function FileTree({ files, changes, faults, current, onOpen }: Props) {
  const done = new Map(changes.map((c) => [c.path, c.change]));
  const removed = changes.filter((c) => c.change === "removed").map((c) => c.path);
  return (
    <nav aria-label="Files of the policy">
      {folders([...Object.keys(files), ...removed]).map(({ folder, paths }) => (
        <div key={folder}>
          <p className={classes.folder} id={`folder-${folder}`}>{folder === "" ? "No folder" : folder + "/"}</p>
          <ul className={classes.list} aria-labelledby={`folder-${folder}`}>
            {paths.map((path) => {
              const change = done.get(path);
              const wrong = faults.get(path) ?? 0;
              const beside = isTest(path) && files[path.replace(/_test\.rego$/, ".rego")] !== undefined;
              const Icon = isTest(path) ? IconFlask : IconFileCode;
              return (
                <li key={path} className={change === "removed" ? classes.gone : undefined}>
                  <button type="button" className={`${classes.file} ${beside ? classes.test : ""}`} aria-current={path === current} title={path} onClick={() => onOpen(path)}>
                    <Icon size={15} aria-hidden />
                    <span className={classes.name}>{path.slice(folder === "" ? 0 : folder.length + 1)}</span>
                    {wrong > 0 ? <span className={`${classes.mark} ${classes.faulty}`}><span aria-hidden>{wrong}</span><VisuallyHidden>{count(wrong, "problem")}</VisuallyHidden></span> : null}
                    {change ? <span className={`${classes.mark} ${classes[change]}`}><span aria-hidden>{marks[change][0]}</span><VisuallyHidden>{marks[change][1]}</VisuallyHidden></span> : null}
                  </button>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}
