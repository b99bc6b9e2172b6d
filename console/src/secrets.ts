/** What every secret begins with. */
const prefix = "sk-steelengine-";

/** Whether a text holds a secret, or a part of one that says so. */
export const holdsSecret = (text: string): boolean => text.includes(prefix);

/** A text that may be searched for: of a secret in it only the end is left, by which its key is found. */
export function withoutSecret(text: string): string {
  const at = text.lastIndexOf(prefix);
  if (at < 0) return text;
  const rest = /^[A-Za-z0-9_-]*/.exec(text.slice(at + prefix.length).replace(/^…/, ""))?.[0] ?? "";
  return rest.slice(-4);
}

/** What a field says that was given a secret and does not take one. */
export const noSecretHere = "That is a secret: it was not taken over. Name its key by the id, key_…";
