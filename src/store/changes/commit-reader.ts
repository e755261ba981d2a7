import { hasErrorCode } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Keys } from '../keys.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import { type NodeOfKey, openNodeOfKey } from '../node-of-key.ts';
import type { Revision, WatchBatch } from '../store.ts';
import type { SharedViews, View } from '../view.ts';
import { Commit } from './commit.ts';
import { nodeChangesOf } from './node-change.ts';

export interface CommitReaderOptions {
  readonly keys: Keys;
  readonly views: SharedViews;
  readonly log: Logger;
  /** Waits a little; whether it is worth another try. */
  readonly outlast: () => Promise<boolean>;
}

/** Makes a Commit of what a watch delivers. */
export class CommitReader {
  readonly #options: CommitReaderOptions;
  readonly #nodeOfKey: NodeOfKey;
  #isStoreAway: boolean = false;

  constructor(options: CommitReaderOptions) {
    this.#options = options;
    this.#nodeOfKey = openNodeOfKey(options.keys);
  }

  read(batch: WatchBatch): Commit {
    return new Commit(batch, {
      keys: this.#options.keys,
      changes: nodeChangesOf(batch, this.#nodeOfKey),
      look: (read) => this.#readPatiently(batch.revision, read),
    });
  }

  /** A watch outlives an outage, so what belongs to its changes must too. */
  async #readPatiently<T>(revision: Revision, read: (view: View) => MaybePromise<T>): Promise<T> {
    const { views, log, outlast } = this.#options;
    for (;;) {
      try {
        const found = await read(views.at(revision));
        this.#isStoreAway = false;
        return found;
      } catch (error) {
        views.drop(revision);
        if (!hasErrorCode(error, 'STORE_UNAVAILABLE')) throw error;
        // Once an outage: a thousand changes may wait for its end.
        if (!this.#isStoreAway) log.warn({ revision, err: error }, 'changes can not be told yet');
        this.#isStoreAway = true;
        if (!(await outlast())) throw error;
      }
    }
  }
}
