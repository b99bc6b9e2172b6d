import { holdsSecret } from "./secrets";

/**
 * What stands behind the ? of a page's address: texts, under the names that the page knows. Filters live there, so that a link
 * shows what its sender saw. Secrets never do: a text that holds one is left out, whoever put it there.
 */
export function texts<const N extends string>(...names: readonly N[]) {
  return (search: Record<string, unknown>): Partial<Record<N, string>> => {
    const found: Partial<Record<N, string>> = {};
    for (const name of names) {
      const given = search[name];
      if (typeof given === "string" && given !== "" && !holdsSecret(given)) found[name] = given;
    }
    return found;
  };
}

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, v]) => v !== undefined && v !== null && v !== "" && !holdsSecret(String(v)));
  const text = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return text && "?" + text;
}

/** A search without what is nothing. */
export function cleaned<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined && v !== "")) as never;
}
