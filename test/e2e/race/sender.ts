import { randomUUID } from 'node:crypto';
import type { Ledger, Reply } from './ledger.ts';
import type { Operation } from './operation.ts';

export interface SenderOptions {
  /** Where the gateways are now. */
  readonly urls: () => readonly string[];
  readonly ledger: Ledger;
  /** Gateways die and connections break: each request has an idempotency key, and is sent until somebody knows what became of it. */
  readonly isFaulty: boolean;
}

/** How often requests carry an idempotency key, and how often those are sent twice. */
const keyed = 0.4;
const repeated = 0.5;
const resendLimitMs = 60_000;

interface Answer<T> {
  readonly data?: { readonly answer: T | null } | null;
  readonly errors?: readonly [{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }];
}

/** Sends what the writers ask for to one of the gateways, by HTTP, and writes down what came of it. */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send<T>(operation: Operation<T>, random: () => number): Promise<Reply<T>> {
    const { ledger, isFaulty } = this.#options;
    const key = isFaulty || random() < keyed ? randomUUID() : null;
    const once = () => this.#sendUntilKnown(operation, key, random);
    let reply: Reply<T>;
    // What a dry run answered is not kept.
    const isKept = operation.variables.dryRun !== true;
    if (key !== null && isKept && random() < repeated) {
      const first = once();
      if (random() < 0.5) await first;
      const replies = await Promise.all([first, once()]);
      ledger.compare(operation.field, ...replies);
      reply = replies[0].outcome === 'done' ? replies[0] : replies[1];
    } else {
      reply = await once();
    }
    ledger.count(operation.field, reply);
    return reply;
  }

  /** What a query answers; null where it did not come to an answer. */
  async ask<T>(query: string, random: () => number): Promise<T | null> {
    try {
      const answer = await this.#post<T>({ query }, null, random);
      return answer.data?.answer ?? null;
    } catch (error) {
      if (!this.#options.isFaulty) throw error;
      return null;
    }
  }

  async #sendUntilKnown<T>({ document, variables }: Operation<T>, key: string | null, random: () => number): Promise<Reply<T>> {
    const { ledger, isFaulty } = this.#options;
    const deadline = Date.now() + resendLimitMs;
    for (;;) {
      const reply = await this.#attempt<T>({ query: document, variables }, key, random);
      if (reply !== null) return reply;
      if (!isFaulty || Date.now() > deadline)
        throw new Error(`Nobody knows what became of ${document} ${JSON.stringify(variables)}`);
      ledger.resent++;
    }
  }

  /** Null when nobody knows what became of it. */
  async #attempt<T>(body: object, key: string | null, random: () => number): Promise<Reply<T> | null> {
    const { answers } = this.#options.ledger;
    const startedAt = performance.now();
    let answer: Answer<T>;
    try {
      answer = await this.#post<T>(body, key, random);
    } catch (error) {
      if (this.#options.isFaulty) return null;
      throw error;
    }
    answers.add(performance.now() - startedAt);
    const [error] = answer.errors ?? [];
    if (error !== undefined) {
      const code = String(error.extensions.code);
      if (code === 'STORE_UNAVAILABLE') answers[error.extensions.outcome === 'UNKNOWN' ? 'unknown' : 'unchanged']++;
      if (this.#options.isFaulty && code === 'STORE_UNAVAILABLE') return null;
      return { outcome: 'refused', code, message: error.message };
    }
    const done = answer.data?.answer;
    if (done === null || done === undefined) throw new Error(`An answer without data or errors: ${JSON.stringify(answer)}`);
    return { outcome: 'done', answer: done };
  }

  async #post<T>(body: object, key: string | null, random: () => number): Promise<Answer<T>> {
    const urls = this.#options.urls();
    const url = urls[Math.floor(random() * urls.length)];
    if (url === undefined) throw new Error('There is no gateway');
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) },
      body: JSON.stringify(body),
    });
    const answer: Answer<T> = await response.json();
    return answer;
  }
}
