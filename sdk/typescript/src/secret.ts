/** How a secret prints, whatever prints it. */
export const redacted = "[redacted]";

/** What every API key begins with. */
export const keyPrefix = "sk-steelengine-";

/**
 * What authenticates its holder. It prints, logs, inspects and becomes JSON as `[redacted]`; `reveal` alone gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Whoever calls this answers for where it goes. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}

/** The text of a secret, however it is held. */
export function textOf(secret: string | Secret): string {
  return typeof secret === "string" ? secret : secret.reveal();
}

/** A text without what reads like a key or a token in it. */
export function withoutSecrets(text: string): string {
  return text.replace(/(?:sk-steelengine-|sgt_)[A-Za-z0-9_-]{8,}/g, redacted);
}

/**
 * Tells whether a text has the form of an API key, of whichever age. It says nothing of whether the key stands: only a decision does.
 */
export function looksLikeKey(text: string): boolean {
  return /^sk-steelengine-[A-Za-z0-9_-]{16,240}$/.test(text) && !text.endsWith("\n");
}

/**
 * Tells whether a text is an API key as steelgate mints them, and its checksum is right. Keys that were issued before steelgate and imported have no
 * checksum: of them this is false, though they may be live. It is for scanners and forms, never for letting anybody in.
 */
export function checksumMatches(text: string): boolean {
  if (!/^sk-steelengine-[0-9A-Za-z]{49}$/.test(text) || text.endsWith("\n")) return false;
  const body = text.slice(0, -6);
  return text.slice(-6) === base62(crc32(body));
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function base62(sum: number): string {
  let text = "";
  for (let i = 0; i < 6; i++) {
    text = alphabet.charAt(sum % 62) + text;
    sum = Math.floor(sum / 62);
  }
  return text;
}

/** CRC-32/IEEE of ASCII. */
function crc32(text: string): number {
  let sum = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    sum ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}
