import type { Revision, Watch, WatchBatch } from '../store.ts';
import type { WatchItem } from './socket-protocol.ts';

export interface SocketWatchOptions {
  readonly after: Revision;
  readonly items: AsyncGenerator<WatchItem, undefined>;
  /** Ends the call behind `items`. */
  readonly stop: AbortController;
  readonly signal: AbortSignal | undefined;
  readonly onClose: (watch: SocketWatch) => void;
}

/** A watch of another process. The other side sends no faster than this one reads, and keeps no more for it than its place. */
export class SocketWatch implements Watch {
  readonly after: Revision;
  readonly #options: SocketWatchOptions;

  constructor(options: SocketWatchOptions) {
    this.after = options.after;
    this.#options = options;
    if (options.signal?.aborted === true) this.#end();
    else options.signal?.addEventListener('abort', this.#end, { once: true });
  }

  /** Commands that go through the socket read no further than what is there: nobody asks. */
  requestProgress(): void {}

  async close(): Promise<void> {
    this.#end();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.#end();
        return { done: true, value: undefined };
      },
    };
  }

  readonly #end = (): void => {
    const { stop, signal, items, onClose } = this.#options;
    if (stop.signal.aborted) return;
    stop.abort();
    signal?.removeEventListener('abort', this.#end);
    onClose(this);
    // Whoever waits in next() is told there; with nobody waiting, the broken call concerns nobody.
    items.return(undefined).catch(() => undefined);
  };

  async #next(): Promise<IteratorResult<WatchBatch, undefined>> {
    const { items, stop } = this.#options;
    try {
      while (!stop.signal.aborted) {
        const { value: item } = await items.next();
        if (item === undefined) break;
        if ('batch' in item) return { done: false, value: item.batch };
      }
    } catch (error) {
      if (!stop.signal.aborted) {
        this.#end();
        throw error;
      }
    }
    return { done: true, value: undefined };
  }
}
