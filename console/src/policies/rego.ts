import { type CompletionContext, type CompletionResult, completeFromList, completeAnyWord, snippetCompletion } from "@codemirror/autocomplete";
import { LanguageSupport, StreamLanguage, type StringStream } from "@codemirror/language";

const keywords = new Set(["package", "import", "default", "if", "else", "some", "every", "in", "not", "with", "as", "contains"]);
const atoms = new Set(["true", "false", "null"]);

/** What a policy may call (docs/policy-guide.md): any other name before a parenthesis is a function of the policy, or a mistake. */
export const builtins: readonly string[] = [
  "count", "sum", "product", "max", "min", "sort", "abs", "ceil", "floor", "round", "numbers.range",
  "concat", "contains", "endswith", "startswith", "format_int", "indexof", "indexof_n", "lower", "upper", "replace", "split", "sprintf", "substring",
  "trim", "trim_left", "trim_right", "trim_prefix", "trim_suffix", "trim_space", "strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.reverse",
  "intersection", "union", "array.concat", "array.reverse", "array.slice", "array.flatten",
  "object.get", "object.keys", "object.union", "object.union_n", "object.remove", "object.filter", "object.subset",
  "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name", "to_number",
  "regex.match", "glob.match", "time.parse_rfc3339_ns", "time.clock", "time.date", "time.weekday", "time.add_date", "time.diff",
  "net.cidr_contains", "net.cidr_is_valid", "json.filter", "json.is_valid", "json.marshal", "json.patch", "json.remove", "json.unmarshal",
  "base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode", "units.parse", "units.parse_bytes", "semver.compare", "semver.is_valid", "print",
];
const known = new Set(builtins);

interface State {
  /** Within a raw string, which may have many lines. */
  raw: boolean;
  depth: number;
  /** Whether what comes stands behind a dot: a name there is a property. */
  dotted: boolean;
}

function quoted(stream: StringStream): void {
  for (let escaped = false; !stream.eol();) {
    const next = stream.next();
    if (next === '"' && !escaped) return;
    escaped = next === "\\" && !escaped;
  }
}

function raw(stream: StringStream, state: State): string {
  state.raw = !stream.skipTo("`");
  if (state.raw) stream.skipToEnd();
  else stream.next();
  return "string.special";
}

function token(stream: StringStream, state: State): string | null {
  if (state.raw) return raw(stream, state);
  if (stream.eatSpace()) return null;
  const dotted = state.dotted;
  state.dotted = false;
  const next = stream.next()!;
  if (next === "#") {
    stream.skipToEnd();
    return /^#\s*METADATA\b/.test(stream.current()) ? "docComment" : "comment";
  }
  if (next === '"' || (next === "$" && stream.eat('"'))) {
    quoted(stream);
    return "string";
  }
  if (next === "`") return raw(stream, state);
  if (/\d/.test(next)) {
    stream.match(/^\d*(\.\d+)?([eE][+-]?\d+)?/);
    return "number";
  }
  if (/[A-Za-z_]/.test(next)) {
    stream.match(/^\w*/);
    const word = stream.current();
    if (dotted) return "propertyName";
    // A builtin may have a dot in its name, and one of them is spelled as a keyword is.
    const start = stream.pos - word.length;
    const rest = /^[\w.]*/.exec(stream.string.slice(start))![0];
    if (known.has(rest) && /^\s*\(/.test(stream.string.slice(start + rest.length))) {
      stream.pos = start + rest.length;
      return "variableName.standard";
    }
    if (keywords.has(word)) return "keyword";
    if (atoms.has(word)) return "atom";
    if (/^test_|^todo_test_/.test(word)) return "variableName.definition";
    if (stream.match(/^\s*\(/, false)) return "variableName.function";
    return word === "input" || word === "data" ? "variableName.special" : "variableName";
  }
  if (next === ".") {
    state.dotted = true;
    return "operator";
  }
  if ("([{".includes(next)) state.depth++;
  if (")]}".includes(next)) state.depth = Math.max(0, state.depth - 1);
  if ("()[]{}".includes(next)) return "bracket";
  if (",;".includes(next)) return "punctuation";
  if (":=!<>+-*/%&|".includes(next)) {
    stream.match(/^[:=]/);
    return "operator";
  }
  return null;
}

export const regoLanguage = StreamLanguage.define<State>({
  name: "rego",
  startState: () => ({ raw: false, depth: 0, dotted: false }),
  copyState: (state) => ({ ...state }),
  token,
  indent: (state, after, context) => (state.raw ? null : Math.max(0, state.depth - (/^\s*[)\]}]/.test(after) ? 1 : 0)) * context.unit),
  languageData: {
    commentTokens: { line: "#" },
    closeBrackets: { brackets: ["(", "[", "{", '"', "`"] },
    indentOnInput: /^\s*[)\]}]$/,
  },
});

const listed = completeFromList([
  ...[...keywords].map((label) => ({ label, type: "keyword" })),
  ...builtins.map((label) => ({ label, type: "function" })),
  ...["input.subject.id", "input.action.name", "input.resource.type", "input.resource.id", "input.context.time", "input.context.client_ip"].map((label) => ({ label, type: "variable" })),
  ...["data.keys", "data.scopes", "data.users", "data.organizations", "data.workspaces", "data.workspace_members", "data.organization_members", "data.resources"].map((label) => ({ label, type: "variable" })),
  snippetCompletion('deny contains {"code": "${code}", "message": "${message}"} if {\n\t${condition}\n}', { label: "deny", detail: "a rule of the site", type: "text" }),
  snippetCompletion("test_${name} if {\n\t${expression}\n}", { label: "test_", detail: "a test", type: "text" }),
]);

/** Names of the language, and any word of the file. Nothing within comments and strings. */
function complete(context: CompletionContext): CompletionResult | null {
  const before = context.state.doc.lineAt(context.pos).text.slice(0, context.pos - context.state.doc.lineAt(context.pos).from);
  if (before.includes("#") || (before.match(/"/g)?.length ?? 0) % 2 === 1) return null;
  const word = context.matchBefore(/[\w.]+/);
  if (word === null && !context.explicit) return null;
  const found = listed(context) as CompletionResult | null;
  const words = completeAnyWord(context) as CompletionResult | null;
  if (found === null) return words;
  const names = new Set(found.options.map((o) => o.label));
  // Both begin at the same place unless there is a dot before: then only whole names fit.
  const more = words !== null && words.from === found.from ? words.options.filter((o) => !names.has(o.label)) : [];
  return { from: word?.from ?? context.pos, options: [...found.options, ...more], validFor: /^[\w.]*$/ };
}

export const rego = (): LanguageSupport => new LanguageSupport(regoLanguage, regoLanguage.data.of({ autocomplete: complete }));
