import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { type Diagnostic as Lint, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, RangeSet, type Range, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, WidgetType } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Diagnostic, TestResult } from "../api/policies";
import { rego } from "./rego";
import { regoLook } from "./regoTheme";
import { duration, failureOf } from "./words";

/** A place to go to; `asked` is another for every time that one asks. */
export interface Place {
  path: string;
  row: number;
  col?: number;
  asked: number;
}

interface Props {
  path: string;
  text: string;
  readOnly: boolean;
  onChange: (path: string, text: string) => void;
  onFormat: () => void;
  /** Of this file, from the last check. */
  diagnostics: readonly Diagnostic[];
  tests: readonly TestResult[];
  uncovered: readonly number[];
  place: Place | null;
  className?: string;
}

const scheme = new Compartment();
const access = new Compartment();
const named = new Compartment();

/** What the last check says of the lines of a file. It moves with the text until the next check. */
const showResults = StateEffect.define<DecorationSet>();
const results = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (shown, tr) => {
    for (const effect of tr.effects) if (effect.is(showResults)) return effect.value;
    return shown.map(tr.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

class ResultWidget extends WidgetType {
  constructor(readonly state: "passed" | "failed" | "skipped", readonly text: string) { super(); }
  override eq(other: ResultWidget) { return other.state === this.state && other.text === this.text; }
  override toDOM() {
    const dom = document.createElement("span");
    dom.className = `cm-result cm-result-${this.state}`;
    dom.textContent = { passed: "✓ ", failed: "✗ ", skipped: "○ " }[this.state] + this.text;
    return dom;
  }
}

function painted(doc: Text, path: string, tests: readonly TestResult[], uncovered: readonly number[]): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const line = (row: number) => (row >= 1 && row <= doc.lines ? doc.line(row) : null);
  const failing = new Set<number>();
  for (const test of tests) {
    const failure = test.pass || test.skip ? null : failureOf(test);
    if (failure?.path === path) failing.add(failure.row);
    const at = test.path === path ? line(test.row) : null;
    if (at === null) continue;
    const took = duration(test.duration_ms);
    const widget = test.skip ? new ResultWidget("skipped", "not run yet") : failure ? new ResultWidget("failed", `${took}, ${failure.row === test.row ? "" : `line ${failure.row}: `}${shortened(failure.text)}`) : new ResultWidget("passed", took);
    ranges.push(Decoration.widget({ widget, side: 1 }).range(at.to));
  }
  for (const row of new Set([...uncovered, ...failing])) {
    const at = line(row);
    if (at) ranges.push(Decoration.line({ class: failing.has(row) ? "cm-failing" : "cm-uncovered" }).range(at.from));
  }
  return RangeSet.of(ranges, true);
}

/** The expression stands in the line itself; a case does not. */
const shortened = (text: string): string => (text.startsWith("not true: ") ? "not true" : text);

function linted(doc: Text, diagnostics: readonly Diagnostic[]): Lint[] {
  return diagnostics.map((d) => {
    const at = doc.line(Math.min(Math.max(1, d.row), doc.lines));
    const from = Math.min(at.from + Math.max(0, d.col - 1), at.to);
    const word = /^[\w.]+/.exec(at.text.slice(from - at.from))?.[0].length ?? 0;
    return { from, to: word > 0 ? from + word : at.to, severity: d.severity, message: d.message, source: d.code };
  });
}

/**
 * Where text is typed over a selection the browser would copy the look of what was selected into a style attribute, which the
 * content security policy refuses: so it is done here.
 */
const typesOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data } = event;
    if (event.inputType !== "insertText" || data === null || event.isComposing || view.composing || view.state.readOnly || view.state.selection.ranges.every((r) => r.empty)) return false;
    const { from, to } = view.state.selection.main;
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, data, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});

/** The editor of one file; the others keep where one was in them, and what can be undone. */
export default function Editor(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef("");
  const now = useRef(props);
  now.current = props;
  const dark = useComputedColorScheme("light") === "dark";
  const { path, text, readOnly, diagnostics, tests, uncovered, place } = props;

  useEffect(() => {
    // Its style is put in at once: it needs the nonce from the beginning.
    view.current = new EditorView({ parent: host.current!, extensions: regoLook });
    const kept = states.current;
    return () => {
      view.current?.destroy();
      view.current = null;
      shown.current = "";
      kept.clear();
    };
  }, []);

  // Another file, or other words of it than were typed here: formatted, rebased, discarded.
  useEffect(() => {
    const editor = view.current!;
    if (shown.current !== path) {
      if (shown.current !== "") states.current.set(shown.current, editor.state);
      shown.current = path;
      editor.setState(states.current.get(path) ?? EditorState.create({ doc: text, extensions: extensions(now) }));
    }
    const had = editor.state.doc.toString();
    if (had !== text) {
      let start = 0;
      while (start < had.length && start < text.length && had[start] === text[start]) start++;
      let end = 0;
      while (end < had.length - start && end < text.length - start && had[had.length - 1 - end] === text[text.length - 1 - end]) end++;
      editor.dispatch({ changes: { from: start, to: had.length - end, insert: text.slice(start, text.length - end) } });
    }
  }, [path, text]);

  useEffect(() => {
    view.current!.dispatch({
      effects: [
        scheme.reconfigure(EditorView.darkTheme.of(dark)),
        access.reconfigure(EditorState.readOnly.of(readOnly)),
        named.reconfigure(EditorView.contentAttributes.of({ tabindex: "0", "aria-label": `${path}${readOnly ? ", read only" : ""}` })),
      ],
    });
  }, [path, dark, readOnly]);

  useEffect(() => {
    const editor = view.current!;
    editor.dispatch(setDiagnostics(editor.state, linted(editor.state.doc, diagnostics)));
  }, [path, diagnostics]);

  useEffect(() => {
    const editor = view.current!;
    editor.dispatch({ effects: showResults.of(painted(editor.state.doc, path, tests, uncovered)) });
  }, [path, tests, uncovered]);

  useEffect(() => {
    const editor = view.current!;
    if (place === null || place.path !== path) return;
    const at = editor.state.doc.line(Math.min(Math.max(1, place.row), editor.state.doc.lines));
    const anchor = Math.min(at.from + Math.max(0, (place.col ?? 1) - 1), at.to);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    editor.focus();
  }, [path, place]);

  return <div ref={host} className={props.className} data-testid="editor" />;
}

function extensions(now: { current: Props }): Extension {
  return [
    lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), autocompletion(),
    highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }), lintGutter(), EditorView.lineWrapping,
    indentUnit.of("\t"), EditorState.tabSize.of(4), rego(), results, regoLook, typesOver,
    scheme.of([]), access.of([]), named.of([]),
    keymap.of([
      { key: "Shift-Alt-f", mac: "Shift-Alt-f", run: () => (now.current.onFormat(), true) },
      { key: "Mod-s", run: () => (now.current.onFormat(), true) },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && update.state.doc.toString() !== now.current.text) now.current.onChange(now.current.path, update.state.doc.toString());
    }),
  ];
}
