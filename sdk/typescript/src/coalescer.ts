import { NoAnswer, Problem, SteelgateError } from "./errors.js";
import type { CallOptions, Decision } from "./types.js";

/** The most that one call takes. */
export const largestBatch = 1000;

/** Runs something once all that runs in this turn of the event loop has asked. */
const afterThisTurn: (run: () => void) => void = (globalThis as { setImmediate?: (run: () => void) => void }).setImmediate ?? ((run) => setTimeout(run, 0));

interface Waiting {
  /** JSON. */
  question: string;
  settle: (decision: Decision) => void;
  fail: (failure: unknown) => void;
}

/**
 * Gathers questions that are asked at the same time, and asks them in one call. What is wrong with one is that one's alone.
 */
export class Coalescer {
  readonly #askOne: (question: string) => Promise<Decision>;
  readonly #askMany: (questions: string[]) => Promise<Decision[]>;
  readonly #window: number;
  #gathered: Waiting[] = [];

  constructor(window: number, askOne: (question: string) => Promise<Decision>, askMany: (questions: string[]) => Promise<Decision[]>) {
    this.#window = window;
    this.#askOne = askOne;
    this.#askMany = askMany;
  }

  /** Asks with those that are asked beside it, and waits no longer than its own options say. */
  ask(question: string, options: CallOptions, patience: number): Promise<Decision> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const done = () => {
        clearTimeout(alarm);
        signal?.removeEventListener("abort", cancelled);
      };
      const cancelled = () => fail(new NoAnswer("cancelled", "The call was cancelled."));
      const settle = (decision: Decision) => (done(), resolve(decision));
      const fail = (failure: unknown) => (done(), reject(failure));
      const alarm = setTimeout(() => fail(new NoAnswer("timeout", "steelgate did not answer in time.")), patience);
      if (signal?.aborted) return cancelled();
      signal?.addEventListener("abort", cancelled, { once: true });
      this.#add({ question, settle, fail });
    });
  }

  #add(waiting: Waiting): void {
    this.#gathered.push(waiting);
    if (this.#gathered.length >= largestBatch) this.#send();
    else if (this.#gathered.length === 1) {
      if (this.#window > 0) setTimeout(() => this.#send(), this.#window);
      else afterThisTurn(() => this.#send());
    }
  }

  #send(): void {
    const gathered = this.#gathered;
    this.#gathered = [];
    if (gathered.length > 0) void this.#settle(gathered);
  }

  async #settle(gathered: Waiting[]): Promise<void> {
    try {
      const questions = gathered.map((waiting) => waiting.question);
      const decisions = questions.length === 1 ? [await this.#askOne(questions[0]!)] : await this.#askMany(questions);
      gathered.forEach((waiting, i) => {
        const decision = decisions[i]!;
        if (decision.status === 500) waiting.fail(new Problem(500, decision.code, decision.message));
        else waiting.settle(decision);
      });
    } catch (failure) {
      if (gathered.length > 1 && isOnesFault(failure)) {
        // Whose it is shows when they are asked apart.
        const half = gathered.length >> 1;
        await Promise.all([this.#settle(gathered.slice(0, half)), this.#settle(gathered.slice(half))]);
      } else {
        for (const waiting of gathered) waiting.fail(failure instanceof SteelgateError ? failure : new SteelgateError("The question can't be asked.", { cause: failure }));
      }
    }
  }
}

/** Tells a failure that one of many questions may have brought about: the server refused to read them. */
function isOnesFault(failure: unknown): boolean {
  return failure instanceof Problem && (failure.status === 400 || failure.status === 413 || failure.status === 422);
}
