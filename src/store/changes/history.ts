import type { Keys } from '../keys.ts';
import { prefixRange } from '../range.ts';
import type { Revision, Store, Watch } from '../store.ts';
import type { CommitReader } from './commit-reader.ts';
import type { CommitWindow } from './commit-window.ts';
import { Places } from './places.ts';
import type { Subscriber } from './subscriber.ts';
import type { Turn } from './turn.ts';

/** Subscribers that are told of the far past at the same time, each by a watch of its own. */
const mostHistories = 64;
/** How often the store is asked whether the watch has told all: etcd itself looks after watches of the past ten times a second. */
const progressEveryMs = 100;
/** A watch to which nothing came for so long only waits for the store's word that there is nothing more: others may begin. */
const idleTicks = 10;

export interface HistoryOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly commits: CommitReader;
  readonly turn: Turn;
}

/** What happened before the window of the live watch begins. */
export interface History {
  /** Tells it to a subscriber, at its pace, up to where the window begins. */
  tell(subscriber: Subscriber, window: CommitWindow): Promise<void>;
  close(): void;
}

export class HistoryReader {
  readonly #options: HistoryOptions;
  readonly #places = new Places(mostHistories);

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Waits for a place. Fails with REVISION_COMPACTED when the store no longer has what is behind `after`. */
  async open(after: Revision, signal: AbortSignal): Promise<History> {
    const { store, keys, commits, turn } = this.#options;
    const leave = await this.#places.take(signal);
    try {
      const watch = await store.watch({ range: prefixRange(keys.prefix), after, signal });
      const close = () => {
        leave();
        // It waits for nothing that could fail.
        void watch.close();
      };
      return {
        close,
        tell: (subscriber, window) => tellHistory({ watch, commits, turn, leave }, subscriber, window).finally(close),
      };
    } catch (error) {
      leave();
      throw error;
    }
  }
}

interface OpenHistory {
  readonly watch: Watch;
  readonly commits: CommitReader;
  readonly turn: Turn;
  /** Gives the place to the next. */
  readonly leave: () => void;
}

async function tellHistory(history: OpenHistory, subscriber: Subscriber, window: CommitWindow): Promise<void> {
  const { watch, commits, turn, leave } = history;
  // Negative while the reader is waited for, and not the watch.
  let ticks = 0;
  const asking = setInterval(() => {
    if (++ticks === idleTicks) leave();
    watch.requestProgress();
  }, progressEveryMs);
  try {
    for await (const batch of watch) {
      ticks = Number.NEGATIVE_INFINITY;
      await subscriber.untilRoom();
      if (subscriber.isOver) return;
      subscriber.offer(commits.read(batch));
      if (subscriber.position >= window.low) return;
      if (turn.isOver) await turn.next();
      ticks = 0;
    }
  } finally {
    clearInterval(asking);
  }
}
