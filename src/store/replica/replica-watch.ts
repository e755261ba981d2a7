import { hasErrorCode } from '../../errors.ts';
import type { KeyspaceWatch } from '../keyspace-watch.ts';
import type { Revision, Store, Watch, WatchBatch, WatchRequest } from '../store.ts';

export interface ReplicaWatchOptions {
  readonly request: WatchRequest;
  readonly origin: Store;
  readonly fromMemory: KeyspaceWatch;
  /** Has the replica learn how far the store is. */
  readonly askProgress: () => void;
  readonly onClose: (watch: ReplicaWatch) => void;
}

/**
 * Reads the window of the replica for as long as it is in it. A reader that fell out of it, since it is slow or since all was loaded
 * anew, goes on by a watch of its own.
 */
export class ReplicaWatch implements Watch {
  readonly after: Revision;
  readonly #options: ReplicaWatchOptions;
  readonly #batches: AsyncGenerator<WatchBatch, undefined>;
  #current: Watch;
  #seen: Revision;
  #isClosed: boolean = false;

  constructor(options: ReplicaWatchOptions) {
    this.#options = options;
    this.after = options.fromMemory.after;
    this.#seen = this.after;
    this.#current = options.fromMemory;
    this.#batches = this.#read();
  }

  /** There may be something new. */
  wake(): void {
    this.#options.fromMemory.wake();
  }

  requestProgress(): void {
    if (this.#current === this.#options.fromMemory) this.#options.askProgress();
    this.#current.requestProgress();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.onClose(this);
    await this.#current.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return {
      next: () => this.#batches.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async *#read(): AsyncGenerator<WatchBatch, undefined> {
    const { request, origin, fromMemory, onClose } = this.#options;
    try {
      try {
        yield* this.#note(fromMemory);
        return undefined;
      } catch (error) {
        if (!hasErrorCode(error, 'REVISION_COMPACTED')) throw error;
      }
      this.#current = await origin.watch({ ...request, after: this.#seen });
      if (this.#isClosed) await this.#current.close();
      yield* this.#note(this.#current);
      return undefined;
    } finally {
      onClose(this);
    }
  }

  async *#note(batches: Watch): AsyncGenerator<WatchBatch, void> {
    for await (const batch of batches) {
      this.#seen = batch.revision;
      yield batch;
    }
  }
}
