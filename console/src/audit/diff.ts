type Record_ = Record<string, unknown> | null | undefined;

export interface FieldChange {
  field: string;
  kind: "added" | "removed" | "changed" | "same";
  before?: unknown;
  after?: unknown;
  /** Of a list that is on both sides: what came and what went. */
  items?: { added: unknown[]; removed: unknown[]; kept: number };
}

/** What became of each field of a record, in the order of the record; fields that went stand where they were. */
export function diffOf(before: Record_, after: Record_): FieldChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map((field) => {
    const a = before?.[field];
    const b = after?.[field];
    const had = before != null && field in before;
    const has = after != null && field in after;
    if (!had) return { field, kind: "added", after: b };
    if (!has) return { field, kind: "removed", before: a };
    if (textOf(a) === textOf(b)) return { field, kind: "same", before: a, after: b };
    if (Array.isArray(a) && Array.isArray(b)) {
      const [was, is] = [new Set(a.map(textOf)), new Set(b.map(textOf))];
      return { field, kind: "changed", before: a, after: b, items: { added: b.filter((x) => !was.has(textOf(x))), removed: a.filter((x) => !is.has(textOf(x))), kept: b.filter((x) => was.has(textOf(x))).length } };
    }
    return { field, kind: "changed", before: a, after: b };
  });
}

/** The same text for the same value, whatever the order of an object's fields. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === "object" && v !== null && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1))) : v)) ?? "undefined";
}

/** A value for people: texts as they are, everything else as JSON. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : value.map((v) => (typeof v === "string" ? v : JSON.stringify(v))).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
