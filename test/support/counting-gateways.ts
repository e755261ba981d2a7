import { expect } from 'vitest';
import { hasErrorCode } from '../../src/errors.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import type { Counter } from './linearizability.ts';
import { timed } from './timed.ts';

export interface CountingOptions {
  readonly stores: readonly Store[];
  readonly counter: Counter;
  /** A request that takes longer fails the test, however it ends. */
  readonly boundMs: number;
}

const enough = 5;

/** Raises and reads a counter through several stores of one cluster. */
export class CountingGateways {
  readonly #options: CountingOptions;

  constructor(options: CountingOptions) {
    this.#options = options;
  }

  /** Until some raises and some reads through each store were done. A read that misses what was acknowledged before it began fails. */
  async untilItGoesOn(): Promise<void> {
    const { stores, counter } = this.#options;
    const goOn = async (store: Store) => {
      for (let raises = 0; raises < enough; ) if (await this.#isDone(counter.raise(store))) raises++;
      for (let reads = 0; reads < enough; ) if (await this.#isDone(counter.read(store))) reads++;
    };
    await Promise.all(stores.map(goOn));
  }

  /** One raise and one read through each store: which of them were done. */
  tryOnce(): Promise<readonly boolean[]> {
    const { stores, counter } = this.#options;
    return Promise.all(stores.flatMap((store) => [this.#isDone(counter.raise(store)), this.#isDone(counter.read(store))]));
  }

  /** Where it was not done it says so in time, and as it should. */
  async #isDone(work: Promise<unknown>): Promise<boolean> {
    const { outcome, ms } = await timed(work);
    expect(ms).toBeLessThan(this.#options.boundMs);
    if (outcome.status === 'fulfilled') return true;
    const { reason } = outcome;
    if (hasErrorCode(reason, 'STORE_UNAVAILABLE') || reason instanceof OutcomeUnknownError) return false;
    throw reason;
  }
}
