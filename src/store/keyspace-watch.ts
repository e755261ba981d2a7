import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInRange, type Range } from './range.ts';
import type { Change, Revision, Watch, WatchBatch } from './store.ts';

/** Revisions looked at in one turn of the event loop. */
const scanLimit = 1_000;

/** The history that a watch reads: at most `limit` batches behind a revision, or REVISION_COMPACTED. */
export type BatchesSince = (revision: Revision, limit: number) => readonly WatchBatch[];

export interface KeyspaceWatchOptions {
  readonly range: Range;
  readonly after: Revision;
  readonly since: BatchesSince;
  /** The newest revision of which all is known, where that moves on without a change: nothing else is an answer then. */
  readonly reached?: () => Revision;
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
  /** What the reader knows of; less than what was seen where that lies outside the range. */
  #told: Revision;
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
    this.#told = after;
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
        if (changes.length > 0) return this.#tell(changes);
      }
      if (batches.length > 0) {
        // Only then: a reader that waits must keep up with writers that never leave their turn.
        if (batches.length === scanLimit) await nextTurn();
      } else if (this.#isAskedForProgress && this.#isFurther()) {
        this.#isAskedForProgress = false;
        this.#seen = Math.max(this.#seen, this.#options.reached?.() ?? 0);
        return this.#tell([]);
      } else {
        await this.#woken();
      }
    }
    return { done: true, value: undefined };
  }

  #tell(changes: readonly Change[]): IteratorResult<WatchBatch, undefined> {
    this.#told = this.#seen;
    return { done: false, value: { revision: this.#seen, changes } };
  }

  #isFurther(): boolean {
    const { reached } = this.#options;
    return reached === undefined || Math.max(this.#seen, reached()) > this.#told;
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
