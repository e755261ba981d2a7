import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Range } from './range.ts';
import type { KeyValue, Revision, Store, Watch, WatchBatch } from './store.ts';

/** Who is told of all that lies in a range, and of each change of it. */
export interface Follower {
  /** All that is there at this revision. What was told before does not count any more. */
  reset(entries: readonly KeyValue[], revision: Revision): void | Promise<void>;
  /** What one commit did, each once and in order. */
  apply(batch: WatchBatch): void;
  /** What was told does not go on: all is read again. */
  lose?(): void;
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
  #watch: Watch | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Reads everything again: for a follower that must be sure to have heard of all that was there at this moment. */
  restart(): void {
    this.#round.abort();
  }

  /** As that of a watch: the answer is a batch without changes. */
  requestProgress(): void {
    this.#watch?.requestProgress();
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
    const after = await this.#reset(signal);
    this.#watch = await store.watch({ range, after, signal });
    try {
      for await (const batch of this.#watch) {
        onProgress();
        follower.apply(batch);
      }
    } finally {
      this.#watch = null;
      follower.lose?.();
    }
  }
  /** On its own: what was read must not be held for as long as it is watched. */
  async #reset(signal: AbortSignal): Promise<Revision> {
    const { store, range, follower } = this.#options;
    const { results, revision } = await store.read({ ranges: [range], signal });
    await follower.reset(results[0]?.entries ?? [], revision);
    return revision;
  }
}
