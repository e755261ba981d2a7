import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError, hasErrorCode } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Keys } from '../keys.ts';
import { prefixRange } from '../range.ts';
import type { Revision, Store } from '../store.ts';
import { type EventCursor, wholeRevisionOf } from '../values/event-cursor.ts';
import { openSharedViews, type SharedViews } from '../view.ts';
import { ChangeStream, type Selection } from './change-stream.ts';
import { CommitReader } from './commit-reader.ts';
import { type History, HistoryReader } from './history.ts';
import { catchUp, LiveWatch } from './live-watch.ts';
import type { Subscriber } from './subscriber.ts';
import { Turn } from './turn.ts';

export interface ChangeFeedOptions {
  readonly store: Store;
  /** Where the nodes of what happens are found, where they are in memory. */
  readonly catalog?: Catalog | null;
  readonly keys: Keys;
  readonly log: Logger;
  /** Events that may wait for one subscriber. */
  readonly eventLimit?: number;
  /** How long the watch goes on when nobody listens any more. */
  readonly lingerMs?: number;
}

export interface SubscribeRequest<E> {
  readonly selection: Selection<E>;
  /** Not above the store's newest revision. */
  readonly after: EventCursor;
  /** The newest revision at some moment since the subscription was asked for. */
  readonly newest: Revision;
  readonly until?: Revision | null;
  readonly signal: AbortSignal;
}

const defaultEventLimit = 1000;
const defaultLingerMs = 10_000;
/** A first subscriber that comes from so short ago is served by the watch of all, which then begins there. */
const nearRevisions = 1000;
/** Between attempts to read while the store does not answer; each of them takes the store's own timeout already. */
const outagePauseMs = 500;

/**
 * All changes under the prefix, to many subscribers.
 *
 * However many there are, one watch of the store feeds them all: it is opened for the first one and closed some time after the last
 * one. A subscriber that begins in the past is told of it first, at its own pace: from the window of what the watch has delivered
 * lately, and where it comes from further back by a watch of its own, until that has reached the window.
 */
export class ChangeFeed {
  /** What subscribers read of the same revision at the same time, they share. */
  readonly views: SharedViews;
  readonly #options: Required<ChangeFeedOptions>;
  readonly #commits: CommitReader;
  readonly #histories: HistoryReader;
  readonly #turn = new Turn();
  readonly #streams = new Set<Subscriber>();
  #live: Promise<LiveWatch> | null = null;
  /** Streams, and calls of `subscribe` that have not come to one yet. */
  #users = 0;
  #lingering: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor({ catalog = null, eventLimit = defaultEventLimit, lingerMs = defaultLingerMs, ...options }: ChangeFeedOptions) {
    const { store, keys, log } = options;
    this.#options = { ...options, catalog, eventLimit, lingerMs };
    this.views = openSharedViews({ store, catalog, keys });
    // Many may wait for the store at once, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#closing.signal);
    this.#commits = new CommitReader({ keys, views: this.views, log, outlast: () => this.outlast() });
    this.#histories = new HistoryReader({ store, keys, commits: this.#commits, turn: this.#turn });
  }

  /** How many there are now. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Events that wait for subscribers: of all, and of the one for whom most do. */
  get queued(): { readonly events: number; readonly largest: number } {
    let events = 0;
    let largest = 0;
    for (const { waiting } of this.#streams) {
      events += waiting;
      largest = Math.max(largest, waiting);
    }
    return { events, largest };
  }

  /**
   * Resolves when it is sure that nothing behind `after` will be missed. Fails with REVISION_COMPACTED when the store no longer has that
   * history, with SERVER_DRAINING while the gateway stops.
   */
  async subscribe<E>(request: SubscribeRequest<E>): Promise<ChangeStream<E>> {
    this.#enter();
    try {
      const position = wholeRevisionOf(request.after);
      const live = await this.#join(position, request.newest);
      const history = live.window.low > position ? await this.#histories.open(position, request.signal) : null;
      try {
        // It may have come to its end while the history was opened.
        if (this.#closing.signal.aborted || live.isOver) throw this.#endOf(null);
        return this.#begin(request, live, history);
      } catch (error) {
        history?.close();
        throw error;
      }
    } finally {
      this.#leave();
    }
  }

  /**
   * For who met a store that does not answer: waits a little. Whether it is worth another try: a stream outlives an outage, but
   * where nobody listens any more, or the gateway stops, there is nobody to try for.
   */
  async outlast(): Promise<boolean> {
    const { signal } = this.#closing;
    await pause(outagePauseMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted && this.#users > 0;
  }

  /** Ends all streams with SERVER_DRAINING, and begins no more. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const stream of this.#streams) stream.drain();
    await this.#closeLive();
  }

  #begin<E>({ selection, after, until = null, signal }: SubscribeRequest<E>, live: LiveWatch, history: History | null) {
    this.#users++;
    const { eventLimit } = this.#options;
    const onEnd = (ended: Subscriber) => {
      history?.close();
      live.leave(ended);
      this.#streams.delete(ended);
      this.#leave();
    };
    const onBehind = (behind: Subscriber) => {
      live.leave(behind);
      void this.#tell(behind, live, null);
    };
    const stream = new ChangeStream({ selection, after, until, eventLimit, signal, onBehind, onEnd });
    if (!stream.isOver) this.#streams.add(stream);
    void this.#tell(stream, live, history);
    return stream;
  }

  async #tell(subscriber: Subscriber, live: LiveWatch, history: History | null): Promise<void> {
    try {
      await history?.tell(subscriber, live.window);
      await catchUp(subscriber, live, this.#turn);
    } catch (error) {
      subscriber.fail(error);
    }
  }

  /** The watch of all. The first one to ask has it begin where its subscriber does, where that is near. */
  #join(position: Revision, newest: Revision): Promise<LiveWatch> {
    const isNear = newest - position <= nearRevisions && this.#isAtHand(position);
    this.#live ??= this.#open(isNear ? position : newest).catch((error: unknown) => {
      this.#live = null;
      throw error;
    });
    return this.#live;
  }

  /** Where the store's keys are in memory, the watch of all reads what is kept there, and asks nobody. */
  #isAtHand(position: Revision): boolean {
    const memory = this.#options.catalog?.memory;
    return memory === undefined || memory.newest() === null || memory.since(position, 0) !== null;
  }

  async #open(after: Revision): Promise<LiveWatch> {
    const { store, keys, log } = this.#options;
    const range = prefixRange(keys.prefix);
    const watch = await store.watch({ range, after }).catch((error: unknown) => {
      // Who wants that history will be told that it is gone; others can be served.
      if (hasErrorCode(error, 'REVISION_COMPACTED')) return store.watch({ range });
      throw error;
    });
    log.debug({ after: watch.after }, 'the watch of all subscribers began');
    return new LiveWatch({ watch, commits: this.#commits, turn: this.#turn, onEnd: (error) => this.#end(error) });
  }

  /** The watch is over by itself. Who comes next opens another one. */
  #end(error: unknown): void {
    this.#live = null;
    for (const stream of this.#streams) stream.fail(this.#endOf(error));
  }

  #endOf(error: unknown): unknown {
    if (this.#closing.signal.aborted)
      return new GatewayError('SERVER_DRAINING', 'The gateway is shutting down: nothing was begun');
    return error ?? new GatewayError('STORE_UNAVAILABLE', 'The store ended the watch of all subscribers');
  }

  #enter(): void {
    if (this.#closing.signal.aborted) throw this.#endOf(null);
    clearTimeout(this.#lingering);
    this.#users++;
  }

  #leave(): void {
    if (--this.#users > 0 || this.#live === null) return;
    this.#lingering = setTimeout(() => void this.#closeLive(), this.#options.lingerMs).unref();
  }

  async #closeLive(): Promise<void> {
    clearTimeout(this.#lingering);
    const live = this.#live;
    this.#live = null;
    await live?.then((opened) => opened.close()).catch(() => undefined);
  }
}
