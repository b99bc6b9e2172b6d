import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { styleNonce } from "../nonce";

// Every colour holds 4.5 to 1 on the surface, and on the soft tones that lines are painted with.
const colours = HighlightStyle.define([
  { tag: t.keyword, color: "light-dark(#7a2a8f, #d7a3ea)", fontWeight: "600" },
  { tag: [t.string, t.special(t.string)], color: "light-dark(#19603a, #8fd6a5)" },
  { tag: [t.number, t.atom], color: "light-dark(#8a4400, #f0b072)" },
  { tag: [t.comment, t.docComment], color: "light-dark(#526072, #adb9c9)", fontStyle: "italic" },
  { tag: t.standard(t.variableName), color: "light-dark(#0f5a7a, #7fc8e8)" },
  { tag: t.function(t.variableName), color: "light-dark(#1f4f9e, #93bdf2)" },
  { tag: t.definition(t.variableName), color: "light-dark(#1f4f9e, #93bdf2)", fontWeight: "600" },
  { tag: t.special(t.variableName), color: "light-dark(#8a1f4b, #f2a0bf)" },
  { tag: t.propertyName, color: "light-dark(#334155, #c3d0e0)" },
  { tag: [t.operator, t.bracket, t.punctuation], color: "light-dark(#4b5666, #b4bfcd)" },
]);

const look = EditorView.theme({
  "&": { color: "var(--mantine-color-text)", backgroundColor: "var(--sg-surface)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-content": { outline: "none", caretColor: "var(--mantine-color-text)", padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": { backgroundColor: "var(--sg-canvas)", color: "var(--mantine-color-dimmed)", borderRight: "1px solid var(--sg-line)" },
  ".cm-activeLine": { backgroundColor: "light-dark(#1f5a9e0c, #8ab9f00d)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--sg-info-soft)", color: "var(--mantine-color-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#cfe0f5, #264264) !important" },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": { backgroundColor: "light-dark(#cfe6d6, #20402f)", outline: "1px solid light-dark(#17663a66, #79d69b66)" },
  "&.cm-focused .cm-nonmatchingBracket, .cm-nonmatchingBracket": { backgroundColor: "var(--sg-bad-soft)", color: "var(--sg-bad)" },
  ".cm-searchMatch": { backgroundColor: "light-dark(#fbe7a8, #43350f)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "light-dark(#fbe7a8, #43350f)", outline: "2px solid var(--sg-warn)" },
  ".cm-selectionMatch": { backgroundColor: "light-dark(#e3ecf7, #27384d)" },
  ".cm-panels": { backgroundColor: "var(--sg-canvas)", color: "var(--mantine-color-text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--sg-line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--sg-line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--mantine-font-family)", padding: "6px 28px 6px 8px" },
  ".cm-panel.cm-search label": { fontSize: "0.75rem", display: "inline-flex", alignItems: "center", gap: "3px", minHeight: "24px" },
  ".cm-textfield": { backgroundColor: "var(--sg-surface)", color: "inherit", border: "1px solid var(--mantine-color-default-border)", borderRadius: "4px", fontSize: "0.8125rem", minHeight: "26px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--sg-surface)", color: "inherit", border: "1px solid var(--mantine-color-default-border)", borderRadius: "4px", fontSize: "0.75rem", minHeight: "26px" },
  ".cm-panel.cm-search [name=close]": { color: "inherit", fontSize: "1.1rem", minWidth: "24px", minHeight: "24px" },
  ".cm-tooltip": { backgroundColor: "var(--sg-surface)", color: "var(--mantine-color-text)", border: "1px solid var(--mantine-color-default-border)", borderRadius: "4px", boxShadow: "0 4px 14px #0003" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--mantine-primary-color-filled)", color: "#fff" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mantine-font-family-monospace)" },
  ".cm-diagnostic": { fontFamily: "var(--mantine-font-family)", fontSize: "0.8125rem", padding: "4px 10px", whiteSpace: "pre-wrap", maxWidth: "min(36rem, 80vw)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--sg-bad)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--sg-warn)" },
  ".cm-diagnostic-hint": { borderLeft: "4px solid var(--sg-info)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--sg-bad) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--sg-warn) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-hint": { backgroundImage: "none", textDecoration: "underline dotted var(--sg-info) 2px", textUnderlineOffset: "3px" },
  ".cm-line.cm-uncovered": { backgroundColor: "var(--sg-warn-soft)", boxShadow: "inset 3px 0 0 var(--sg-warn)" },
  ".cm-line.cm-failing": { backgroundColor: "var(--sg-bad-soft)", boxShadow: "inset 3px 0 0 var(--sg-bad)" },
  ".cm-result": { fontFamily: "var(--mantine-font-family)", fontSize: "0.75rem", marginLeft: "1.25rem", padding: "0 0.45rem", borderRadius: "0.7rem", userSelect: "none" },
  ".cm-result-passed": { color: "var(--sg-good)", backgroundColor: "var(--sg-good-soft)" },
  ".cm-result-failed": { color: "var(--sg-bad)", backgroundColor: "var(--sg-bad-soft)" },
  ".cm-result-skipped": { color: "var(--sg-neutral)", backgroundColor: "var(--sg-neutral-soft)" },
  // The difference of two texts.
  ".cm-changedLine, .cm-insertedLine": { backgroundColor: "light-dark(#e9f7ee, #14301f) !important" },
  ".cm-deletedChunk, &.cm-merge-a .cm-changedLine": { backgroundColor: "light-dark(#fdeff0, #351a1d) !important" },
  ".cm-deletedChunk": { paddingLeft: "6px" },
  ".cm-deletedChunk .cm-deletedText, &.cm-merge-a .cm-changedText": { background: "light-dark(#f9d7da, #5a232a) !important" },
  ".cm-changedText, &.cm-merge-b .cm-changedText": { background: "light-dark(#c8ebd3, #17452b) !important" },
  ".cm-changedLineGutter": { backgroundColor: "var(--sg-good) !important" },
  ".cm-deletedLineGutter, &.cm-merge-a .cm-changedLineGutter": { backgroundColor: "var(--sg-bad) !important" },
  ".cm-collapsedLines": { color: "var(--sg-info)", background: "var(--sg-info-soft)", fontFamily: "var(--mantine-font-family)", fontSize: "0.75rem", padding: "4px 8px" },
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: "none !important" },
});

/** How Rego looks, in the light and in the dark. */
export const regoLook: Extension = [EditorView.cspNonce.of(styleNonce()), syntaxHighlighting(colours), look];
