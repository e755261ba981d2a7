import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInRange, type Range } from '../range.ts';
import type { Revision, Watch, WatchBatch } from '../store.ts';

/** Revisions looked at in one turn of the event loop. */
const scanLimit = 1_000;

/** The history that a watch reads: at most `limit` batches behind a revision, or REVISION_COMPACTED. */
export type BatchesSince = (revision: Revision, limit: number) => readonly WatchBatch[];

export interface KeyspaceWatchOptions {
  readonly range: Range;
  readonly after: Revision;
  readonly since: BatchesSince;
  readonly signal?: AbortSignal | undefined;
  readonly onClose: (watch: KeyspaceWatch) => void;
}

/**
 * A place in the history, and nothing else: it queues no batches, so a slow reader costs no memory. Each `next()` reads on from
 * there; when the history has moved past it meanwhile, that fails with REVISION_COMPACTED.
 */
export class KeyspaceWatch implements Watch {
  readonly after: Revision;
  readonly #options: KeyspaceWatchOptions;
  #seen: Revision;
  /** What was read of the history last, and how far it is told: history is long, and `since` copies. */
  #ahead: readonly WatchBatch[] = [];
  #nextAhead = 0;
  #state: 'open' | 'closed' = 'open';
  #wakeUp: () => void = () => undefined;
  #isAskedForProgress: boolean = false;
  /** Calls of `next()` are answered one after the other. */
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(options: KeyspaceWatchOptions) {
    const { after, signal, since } = options;
    since(after, 0);
    this.after = after;
    this.#options = options;
    this.#seen = after;
    if (signal?.aborted === true) this.#end();
    else signal?.addEventListener('abort', this.#end, { once: true });
  }

  /** There may be something new. */
  wake(): void {
    this.#wakeUp();
  }

  requestProgress(): void {
    this.#isAskedForProgress = true;
    this.#wakeUp();
  }

  async close(): Promise<void> {
    this.#end();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return {
      next: () => {
        const call = this.#lastCall.then(() => this.#next());
        this.#lastCall = call.catch(() => undefined);
        return call;
      },
      return: async () => {
        this.#end();
        return { done: true, value: undefined };
      },
    };
  }

  readonly #end = (): void => {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.signal?.removeEventListener('abort', this.#end);
    this.#options.onClose(this);
    this.#wakeUp();
  };

  async #next(): Promise<IteratorResult<WatchBatch, undefined>> {
    while (this.#state === 'open') {
      if (this.#nextAhead === this.#ahead.length) this.#readOn();
      const batches = this.#ahead;
      while (this.#nextAhead < batches.length) {
        const batch = batches[this.#nextAhead++];
        if (batch === undefined) break;
        this.#seen = batch.revision;
        const changes = batch.changes.filter((change) => isInRange(change.key, this.#options.range));
        if (changes.length > 0) return { done: false, value: { revision: batch.revision, changes } };
      }
      if (batches.length > 0) {
        // Only then: a reader that waits must keep up with writers that never leave their turn.
        if (batches.length === scanLimit) await nextTurn();
      } else if (this.#isAskedForProgress) {
        this.#isAskedForProgress = false;
        return { done: false, value: { revision: this.#seen, changes: [] } };
      } else {
        await this.#woken();
      }
    }
    return { done: true, value: undefined };
  }

  #readOn(): void {
    try {
      this.#ahead = this.#options.since(this.#seen, scanLimit);
      this.#nextAhead = 0;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
    });
  }
}
