import { keyPrefix } from "./secret.js";

/** Not a key, whatever it is asked about: which of two the application would believe is anyone's guess. */
export const ambiguous = "ambiguous";

/**
 * The key that a request presents: in `X-API-Key`, or as `Authorization: Bearer sk-steelengine-…`. Values are those of each header line; some servers
 * have put several into one, with a comma between. One that is given twice, and two that differ, are no key. "" where there is none.
 */
export function presentedKey(apiKeys: readonly string[], authorizations: readonly string[]): string {
  const lines = authorizations.flatMap((line) => line.split(","));
  const bearers = lines.map(bearerOf).filter((key) => key !== undefined);
  if (apiKeys.length > 1 || (bearers.length > 0 && lines.length > 1)) return ambiguous;
  const [presented, bearer] = [apiKeys[0], bearers[0]];
  if (presented !== undefined && bearer !== undefined && presented !== bearer) return ambiguous;
  return presented ?? bearer ?? "";
}

/** The API key of a line of Authorization, if it holds one. */
function bearerOf(line: string): string | undefined {
  // By any blank, as steelgate reads it.
  const [scheme, ...words] = line.trim().split(/\s+/);
  if (scheme?.toLowerCase() !== "bearer") return undefined;
  const token = words.join(" ");
  return token.startsWith(keyPrefix) ? token : undefined;
}
