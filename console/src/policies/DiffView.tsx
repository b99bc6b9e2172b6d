import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { rego } from "./rego";
import { regoLook } from "./regoTheme";

interface Props {
  /** Whose difference it is, for screen readers. */
  label: string;
  before: string;
  after: string;
  /** Both texts beside each other, where there is room. */
  sides: boolean;
  /** With all that is the same: else it is folded up. */
  whole: boolean;
}

/** What differs between two texts. */
export default function DiffView({ label, before, after, sides, whole }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const dark = useComputedColorScheme("light") === "dark";
  useEffect(() => {
    const parent = host.current!;
    const look = (name: string): Extension => [
      lineNumbers(), rego(), regoLook, EditorView.darkTheme.of(dark), EditorState.readOnly.of(true), EditorState.tabSize.of(4), EditorView.lineWrapping,
      EditorView.contentAttributes.of({ tabindex: "0", "aria-label": name, "aria-readonly": "true" }),
    ];
    const fold = whole ? {} : { collapseUnchanged: { margin: 3, minSize: 4 } };
    const view = sides
      ? new MergeView({ parent, a: { doc: before, extensions: look(`${label}, before`) }, b: { doc: after, extensions: look(`${label}, after`) }, ...fold, gutter: true })
      : new EditorView({ parent, doc: after, extensions: [look(`${label}, what differs`), unifiedMergeView({ original: before, mergeControls: false, ...fold, gutter: true, syntaxHighlightDeletions: true })] });
    return () => view.destroy();
  }, [label, before, after, sides, whole, dark]);
  return <div ref={host} />;
}
