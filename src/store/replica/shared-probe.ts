import type { Revision } from '../store.ts';

/**
 * Asks one question for all who wait for its answer. An answer counts only for those who came before the question left: what a later
 * one must see may have been committed after it was answered. They share the next one. A failure counts for them too: it says nothing that
 * could be too old, and who has waited for it has waited long enough. Who comes behind it asks anew.
 */
export class SharedProbe {
  readonly #ask: () => Promise<Revision>;
  #running: Promise<Revision> | null = null;
  #next: Promise<Revision> | null = null;
  #count = 0;

  constructor(ask: () => Promise<Revision>) {
    this.#ask = ask;
  }

  /** Questions that left so far. */
  get count(): number {
    return this.#count;
  }

  /** The store's newest revision, at some moment from now on. */
  newest(): Promise<Revision> {
    this.#next ??= this.#askAfter(this.#running);
    return this.#next;
  }

  async #askAfter(running: Promise<Revision> | null): Promise<Revision> {
    await running;
    // Behind whatever else this turn of the event loop brings: all of it shares the question.
    await new Promise(setImmediate);
    this.#running = this.#next;
    this.#next = null;
    this.#count++;
    try {
      return await this.#ask();
    } catch (error) {
      // Those who wait fail with it, and nobody is to join them any more.
      this.#next = null;
      throw error;
    } finally {
      this.#running = null;
    }
  }
}
