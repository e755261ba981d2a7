import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Range } from './range.ts';
import type { KeyValue, Revision, Store, WatchBatch } from './store.ts';

/** Who is told of all that lies in a range, and of each change of it. */
export interface Follower {
  /** All that is there at this revision. What was told before does not count any more. */
  reset(entries: readonly KeyValue[], revision: Revision): void | Promise<void>;
  /** What one commit did, each once and in order. */
  apply(batch: WatchBatch): void;
}

export interface FollowOptions {
  readonly store: Store;
  readonly range: Range;
  readonly log: Logger;
  readonly follower: Follower;
}

/** Between attempts where the store does not answer, or history is gone again and again. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/** Reads a range once and watches it from there. Where the watch ends, as after a compaction while the store was away, it begins anew. */
export class FollowedRange {
  readonly #options: FollowOptions;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #round = new AbortController();

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Reads everything again: for a follower that must be sure to have heard of all that was there at this moment. */
  restart(): void {
    this.#round.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#round.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    let pauseMs = firstPauseMs;
    while (!this.#closing.signal.aborted) {
      this.#round = new AbortController();
      const { signal } = this.#round;
      try {
        await this.#followOnce(signal, () => {
          pauseMs = firstPauseMs;
        });
      } catch (error) {
        const isExpected = hasErrorCode(error, 'STORE_UNAVAILABLE') || hasErrorCode(error, 'REVISION_COMPACTED');
        if (!signal.aborted)
          log[isExpected ? 'debug' : 'error']({ reason: messageOf(error) }, 'a range is read and watched anew');
      }
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, 2 * pauseMs);
    }
  }

  async #followOnce(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { store, range, follower } = this.#options;
    const { results, revision } = await store.read({ ranges: [range], signal });
    await follower.reset(results[0]?.entries ?? [], revision);
    for await (const batch of await store.watch({ range, after: revision, signal })) {
      onProgress();
      follower.apply(batch);
    }
  }
}
