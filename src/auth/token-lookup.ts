import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../errors.ts';
import { type Key, keyRange } from '../store/range.ts';
import type { KeyValue, Store } from '../store/store.ts';

/** Tokens in one read, and between the beginnings of two: whoever sends made-up tokens costs the store no more than that. */
const batchLimit = 64;
const gapMs = 50;
/** Tokens that wait for a read; of one more nobody can know now. */
const queueLimit = 256;
/** Tokens that are remembered as being nobody's. One that is made later was not sent before. */
const absentLimit = 4096;

export interface LookupOptions {
  readonly store: Store;
  readonly keyOf: (id: string) => Key;
  readonly signal: AbortSignal;
}

interface Question {
  readonly id: string;
  readonly answer: Promise<KeyValue | null>;
  resolve(entry: KeyValue | null): void;
  reject(error: unknown): void;
}

/** Asks the store for tokens that its watch has not told of: they may have been made a moment ago. */
export class TokenLookup {
  readonly #options: LookupOptions;
  readonly #absent = new Set<string>();
  readonly #asked = new Map<string, Question>();
  readonly #waiting: Question[] = [];
  #running: Promise<void> | null = null;

  constructor(options: LookupOptions) {
    this.#options = options;
  }

  /** Null: there is no such token. Fails with STORE_UNAVAILABLE where the store does not answer. */
  async find(id: string): Promise<KeyValue | null> {
    if (this.#absent.has(id)) return null;
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked.answer;
    if (this.#waiting.length >= queueLimit) {
      throw unavailable('Too many unknown tokens wait for the store: try again');
    }
    const question = newQuestion(id);
    this.#asked.set(id, question);
    this.#waiting.push(question);
    this.#running ??= this.#run();
    return question.answer;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchLimit);
      await Promise.all([this.#read(batch), sleep(gapMs, undefined, { ref: false })]);
    }
    // In the same turn as the look at the queue: who comes next begins anew.
    this.#running = null;
  }

  async #read(batch: readonly Question[]): Promise<void> {
    const { store, keyOf, signal } = this.#options;
    try {
      const { results } = await store.read({ ranges: batch.map(({ id }) => keyRange(keyOf(id))), signal });
      for (const [at, { id, resolve }] of batch.entries()) {
        const entry = results[at]?.entries[0] ?? null;
        if (entry === null) this.#rememberAbsent(id);
        resolve(entry);
      }
    } catch (error) {
      for (const { reject } of batch) reject(signal.aborted ? unavailable('The gateway is stopping') : unknowable(error));
    } finally {
      for (const { id } of batch) this.#asked.delete(id);
    }
  }

  #rememberAbsent(id: string): void {
    this.#absent.add(id);
    const [oldest] = this.#absent;
    if (this.#absent.size > absentLimit && oldest !== undefined) this.#absent.delete(oldest);
  }
}

/** The store's own words name its addresses: they are for the log, and not for whoever made up a token. */
function unknowable(cause: unknown): GatewayError {
  return unavailable('Nobody can know now whose this token is: the store does not answer', cause);
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}

function newQuestion(id: string): Question {
  const outcome: Pick<Question, 'resolve' | 'reject'> = { resolve: () => undefined, reject: () => undefined };
  const answer = new Promise<KeyValue | null>((resolve, reject) => Object.assign(outcome, { resolve, reject }));
  return { id, answer, ...outcome };
}
