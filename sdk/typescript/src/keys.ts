import { SteelgateError } from "./errors.js";
import { isObject, misshapen, readKey, readPage } from "./answer.js";
import { looksLikeKey, Secret } from "./secret.js";
import type { Answer, Call, Transport } from "./transport.js";
import type { CallOptions, ChangedKey, IssuedKey, Key, KeyChange, KeyCreation, KeyFilter, Page, ReachingKey } from "./types.js";

export interface OnceOptions extends CallOptions {
  /** Names the request, so that it can come again without being done twice. Made anew for each call unless given. */
  idempotencyKey?: string;
}

/** Keys, as one user or the platform manages them. */
export class Keys {
  readonly #transport: Transport;
  readonly #actor: string | null;

  /** Of `Steelgate.keysFor` and `Steelgate.platformKeys`. */
  constructor(transport: Transport, actor: string | null) {
    this.#transport = transport;
    this.#actor = actor;
  }

  /** Makes a key. Its secret is in this answer, and nowhere else, ever. */
  create(key: KeyCreation, options: OnceOptions = {}): Promise<IssuedKey> {
    return this.#issue("/v1/keys", key, options);
  }

  async get(id: string, options: CallOptions = {}): Promise<Key> {
    return readKey((await this.#call({ ...options, method: "GET", path: keyPath(id), isSafe: true })).body);
  }

  /** All keys that a filter lets through, newest first. Pages are fetched as they are needed; `limit` is the length of one. */
  async *list(filter: KeyFilter = {}, options: CallOptions = {}): AsyncGenerator<Key, void, undefined> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.listPage({ ...filter, ...(cursor === undefined ? {} : { cursor }) }, options);
      yield* page.data;
      if (!page.pagination.has_more || page.pagination.cursor === null || page.pagination.cursor === cursor) return;
      cursor = page.pagination.cursor;
    }
  }

  /** One page. Give `pagination.cursor` back as `cursor` for the next. */
  async listPage(filter: KeyFilter & { cursor?: string } = {}, options: CallOptions = {}): Promise<Page<Key>> {
    return readPage<Key>((await this.#call({ ...options, method: "GET", path: "/v1/keys", query: { ...filter }, isSafe: true })).body);
  }

  /** Changes a key. What is absent keeps its value; null takes an expiry, an allow-list or a narrowing away. It is tried once. */
  async update(id: string, change: KeyChange, options: CallOptions = {}): Promise<ChangedKey> {
    return changed(await this.#call({ ...options, method: "PATCH", path: keyPath(id), body: change, isSafe: false }));
  }

  /**
   * Makes a successor with the same owner, scope, grants, restrictions and expiry, and a secret of its own. The old key works on for the overlap, at most
   * 604,800 seconds; without one it ends at once.
   */
  rotate(id: string, options: OnceOptions & { overlapSeconds?: number } = {}): Promise<IssuedKey> {
    return this.#issue(keyPath(id) + "/rotate", { overlap_seconds: options.overlapSeconds ?? 0 }, options);
  }

  /** At once and for good. To repeat it is harmless. */
  async revoke(id: string, options: CallOptions = {}): Promise<ChangedKey> {
    return changed(await this.#call({ ...options, method: "POST", path: keyPath(id) + "/revoke", isSafe: true }));
  }

  /** The organization keys that can reach a workspace, for its members: each with its grants there, and no other. */
  async reaching(workspaceId: string, options: CallOptions = {}): Promise<ReachingKey[]> {
    const path = `/v1/workspaces/${segment(workspaceId)}/reaching-keys`;
    return readPage<ReachingKey>((await this.#call({ ...options, method: "GET", path, isSafe: true })).body).data;
  }

  async #issue(path: string, body: object, options: OnceOptions): Promise<IssuedKey> {
    const headers = { "Idempotency-Key": options.idempotencyKey ?? crypto.randomUUID() };
    const answer = await this.#call({ ...options, method: "POST", path, body, headers, isSafe: true });
    const { secret, ...record } = isObject(answer.body) ? answer.body : {};
    const replayed = answer.headers.get("Idempotency-Replayed") === "true";
    if (replayed ? secret !== null : typeof secret !== "string" || !looksLikeKey(secret)) throw misshapen("a new key", answer.status);
    delete record["replayed"];
    return { key: readKey(record), secret: typeof secret === "string" ? new Secret(secret) : null, replayed, revision: revisionOf(answer) };
  }

  #call(call: Call): Promise<Answer> {
    // Those of JavaScript may give more than their types say: only what a call is made of goes on.
    const { method, path, query, body, isSafe, signal, timeout } = call;
    const headers = { ...call.headers, ...(this.#actor === null ? {} : { "X-Steelgate-Actor": this.#actor }) };
    return this.#transport.call({ method, path, isSafe, headers, ...(query && { query }), ...(body !== undefined && { body }), ...(signal && { signal }), ...(timeout !== undefined && { timeout }) });
  }
}

function keyPath(id: string): string {
  return "/v1/keys/" + segment(id);
}

/** An id as a part of a path. Dots alone would make another path of it. */
function segment(id: string): string {
  if (!/^[A-Za-z0-9_.:@-]{1,128}$/.test(id) || /^\.+$/.test(id)) throw new SteelgateError("Want an id: 1 to 128 characters of A-Z a-z 0-9 _ - . : @");
  return encodeURIComponent(id);
}

function changed(answer: Answer): ChangedKey {
  return { key: readKey(answer.body), revision: revisionOf(answer) };
}

function revisionOf(answer: Answer): number {
  const text = answer.headers.get("Steelgate-Revision") ?? "";
  if (!/^\d{1,15}$/.test(text)) throw misshapen("a change, for it has no revision", answer.status);
  return Number(text);
}
