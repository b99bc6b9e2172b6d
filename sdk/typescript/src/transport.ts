import { isObject, misshapen } from "./answer.js";
import { NoAnswer, Problem, SteelgateError } from "./errors.js";
import { Secret, textOf, withoutSecrets } from "./secret.js";
import type { CallOptions, FieldError } from "./types.js";

export interface TransportOptions {
  /** Where steelgate is: `https://steelgate.internal`. A path stands before those of the calls. */
  url: string;
  /** A service token. Its scopes say what the client may do. */
  token: string | Secret;
  /** Milliseconds for a whole call, tries that came again among them: 3000 unless given. */
  timeout?: number;
  /** How often a call that is safe to repeat is tried, the first time included: 3 unless given. */
  attempts?: number;
  /** Another fetch: with an agent of its own, or one that is traced. */
  fetch?: typeof fetch;
}

/** One call of the API. */
export interface Call extends CallOptions {
  method: "GET" | "POST" | "PATCH";
  path: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  body?: unknown;
  /** A body that is JSON already. */
  json?: string;
  /** Whether to make it twice is the same as once. */
  isSafe: boolean;
}

/** What was answered, with a status of success. */
export interface Answer {
  body: unknown;
  status: number;
  headers: Headers;
}

/** No answer is longer: a batch of a thousand decisions has half a megabyte. */
const longestAnswer = 16 << 20;

/** Carries calls to steelgate and answers back, in bounded time. */
export class Transport {
  readonly #base: string;
  readonly #authorization: string;
  readonly #fetch: typeof fetch;
  readonly #attempts: number;
  /** Milliseconds for a whole call unless it says otherwise. */
  readonly timeout: number;

  constructor(options: TransportOptions) {
    const base = parseUrl(options.url);
    if (!base || (base.protocol !== "http:" && base.protocol !== "https:") || base.username || base.password || base.search || base.hash) {
      throw new SteelgateError("url: want http:// or https://, a host and perhaps a path, and nothing else.");
    }
    this.#base = base.href.replace(/\/+$/, "");
    const token = textOf(options.token);
    // Else fetch would say so, and repeat the token.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new SteelgateError("token: want a service token: visible ASCII, without spaces.");
    this.#authorization = "Bearer " + token;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.timeout = positive("timeout", options.timeout ?? 3000);
    this.#attempts = positive("attempts", options.attempts ?? 3);
  }

  /** Makes a call, again where that is safe and may help, until its time is over. */
  async call(call: Call): Promise<Answer> {
    const deadline = performance.now() + positive("timeout", call.timeout ?? this.timeout);
    const json = call.json ?? (call.body === undefined ? undefined : jsonOf(call.body));
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(call, json, deadline - performance.now());
      } catch (failure) {
        if (!call.isSafe || attempt >= this.#attempts || !isPassing(failure)) throw failure;
        const wait = Math.max(failure instanceof Problem ? (failure.retryAfter ?? 0) : 0, backoff(attempt));
        if (performance.now() + wait >= deadline) throw failure;
        await sleep(wait, call.signal);
      }
    }
  }

  async #once(call: Call, json: string | undefined, timeLeft: number): Promise<Answer> {
    // Not AbortSignal.timeout: nothing else may hold the process while it waits, and then it would end in silence.
    const timer = new AbortController();
    const alarm = setTimeout(() => timer.abort(), Math.max(0, timeLeft));
    try {
      const response = await this.#fetch(this.#base + call.path + queryOf(call.query), {
        method: call.method,
        headers: {
          ...call.headers,
          Authorization: this.#authorization,
          Accept: "application/json, application/problem+json",
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(json === undefined ? {} : { body: json }),
        signal: call.signal ? AbortSignal.any([timer.signal, call.signal]) : timer.signal,
        // The token goes to the address that was given, and nowhere else.
        redirect: "manual",
      });
      const body = parse(await readText(response));
      if (response.status === 200 || response.status === 201) return { body, status: response.status, headers: response.headers };
      throw problemOf(response, body);
    } catch (failure) {
      if (failure instanceof SteelgateError) throw failure;
      if (call.signal?.aborted) throw new NoAnswer("cancelled", "The call was cancelled.");
      if (timer.signal.aborted) throw new NoAnswer("timeout", "steelgate did not answer in time.");
      throw new NoAnswer("unreachable", "steelgate can't be reached, or the connection was lost.", { cause: failure });
    } finally {
      clearTimeout(alarm);
    }
  }
}

/** null where it can't be read: the error that says so holds all of it, a password too. */
function parseUrl(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** What is sent. It fails where something has no JSON. */
export function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw new SteelgateError("The request can't be written as JSON.");
  }
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new SteelgateError(`${name}: want a number above zero.`);
  return value;
}

function queryOf(query: Call["query"] = {}): string {
  const named = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
  return named.length === 0 ? "" : "?" + new URLSearchParams(named.map(([name, value]) => [name, String(value)]));
}

async function readText(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > longestAnswer) throw misshapen("as short as steelgate's are", response.status);
    text += decode(() => decoder.decode(chunk, { stream: true }), response.status);
  }
  return text + decode(() => decoder.decode(), response.status);
}

function decode(read: () => string, status: number): string {
  try {
    return read();
  } catch {
    throw misshapen("UTF-8", status);
  }
}

/** undefined where it is not JSON: no shape matches that. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, body: unknown): SteelgateError {
  const retryAfter = retryAfterOf(response.headers.get("Retry-After"));
  if (!isObject(body) || typeof body["code"] !== "string" || typeof body["detail"] !== "string") {
    // What is in the way may say why it is busy by the status alone.
    if (isPassingStatus(response.status)) return new Problem(response.status, "no_answer", `What answered is not steelgate; its status is ${response.status}.`, [], retryAfter);
    return misshapen("a problem that steelgate tells of", response.status);
  }
  const errors = Array.isArray(body["errors"]) ? body["errors"].filter(isFieldError).map((error) => ({ ...error, message: withoutSecrets(error.message) })) : [];
  return new Problem(response.status, body["code"], withoutSecrets(body["detail"]), errors, retryAfter);
}

function isFieldError(value: unknown): value is FieldError {
  return isObject(value) && typeof value["field"] === "string" && typeof value["message"] === "string";
}

/** Milliseconds, of seconds or of a date. */
function retryAfterOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Tells failures that may pass by themselves. */
function isPassing(failure: unknown): boolean {
  if (failure instanceof Problem) return isPassingStatus(failure.status);
  return failure instanceof NoAnswer && failure.reason === "unreachable";
}

function isPassingStatus(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

/** Full jitter: callers that failed together do not come again together. */
function backoff(attempt: number): number {
  return Math.random() * Math.min(1000, 50 * 2 ** attempt);
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => {
      clearTimeout(timer);
      reject(new NoAnswer("cancelled", "The call was cancelled."));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", cancelled);
      resolve();
    }, milliseconds);
    if (signal?.aborted) cancelled();
    else signal?.addEventListener("abort", cancelled, { once: true });
  });
}
