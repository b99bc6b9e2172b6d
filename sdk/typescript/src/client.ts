import { readDecision, readDecisions } from "./answer.js";
import { Coalescer, largestBatch } from "./coalescer.js";
import { Denied, SteelgateError } from "./errors.js";
import { Keys } from "./keys.js";
import { textOf } from "./secret.js";
import { jsonOf, Transport, type TransportOptions } from "./transport.js";
import type { CallOptions, Decision, DecisionRequest } from "./types.js";

export interface SteelgateOptions extends TransportOptions {
  /**
   * How long a question waits for others to be asked with, in milliseconds. With 0, which it is unless given, those of one turn of the event loop go
   * together and none waits. `false` asks each by itself.
   */
  batchWindow?: number | false;
}

/** A client of one steelgate. It is safe to share. */
export class Steelgate {
  readonly #transport: Transport;
  readonly #coalescer: Coalescer | undefined;

  constructor(options: SteelgateOptions) {
    this.#transport = new Transport(options);
    const window = options.batchWindow ?? 0;
    if (window !== false) {
      this.#coalescer = new Coalescer(
        window,
        (question) => this.#decide(question, {}),
        (questions) => this.#decideBatch(questions, {}),
      );
    }
  }

  /**
   * May this key do this, and who is billed? Answers the decision, whichever it is: look at `allow`, or use `authorize`. Fails where none could be made,
   * which is never an allow.
   */
  async decide(request: DecisionRequest, options: CallOptions = {}): Promise<Decision> {
    // A question that waits for a revision would have the others wait, and fail with it.
    const isAlone = !this.#coalescer || request.min_revision != null;
    return isAlone ? this.#decide(written(request), options) : this.#coalescer.ask(written(request), options, options.timeout ?? this.#transport.timeout);
  }

  /** The same, and a deny is an error too: `Denied`, with the status to answer your own client with. */
  async authorize(request: DecisionRequest, options: CallOptions = {}): Promise<Decision> {
    const decision = await this.decide(request, options);
    if (decision.allow !== true) throw new Denied(decision);
    return decision;
  }

  /**
   * 1 to 1,000 questions in one call, answered in their order, all by one data revision and one policy revision. Where the policy failed for one, that
   * one is a deny of status 500 and code `policy_error`.
   */
  async decideBatch(requests: readonly DecisionRequest[], options: CallOptions = {}): Promise<Decision[]> {
    if (requests.length < 1 || requests.length > largestBatch) throw new SteelgateError(`Want 1 to ${largestBatch} questions.`);
    return this.#decideBatch(requests.map(written), options);
  }

  /** The keys as a user manages them: `X-Steelgate-Actor`. The token's scope is `manage`, or `admin`. */
  keysFor(userId: string): Keys {
    if (!/^[A-Za-z0-9_.:@-]{1,128}$/.test(userId)) throw new SteelgateError("keysFor: want a user's id. For the platform itself there is platformKeys.");
    return new Keys(this.#transport, userId);
  }

  /** The keys as the platform itself manages them, which may do all. The token's scope is `admin`. */
  platformKeys(): Keys {
    return new Keys(this.#transport, null);
  }

  async #decide(question: string, options: CallOptions): Promise<Decision> {
    const answer = await this.#transport.call({ ...options, method: "POST", path: "/v1/decisions", json: question, isSafe: true });
    return readDecision(answer.body);
  }

  async #decideBatch(questions: readonly string[], options: CallOptions): Promise<Decision[]> {
    const answer = await this.#transport.call({ ...options, method: "POST", path: "/v1/decisions/batch", json: `{"decisions":[${questions.join()}]}`, isSafe: true });
    return readDecisions(answer.body, questions.length);
  }
}

/** A question as it is sent. It is written down when it is asked: who changes it afterwards changes another question. */
function written(request: DecisionRequest): string {
  return jsonOf(request.api_key == null ? request : { ...request, api_key: textOf(request.api_key) });
}
