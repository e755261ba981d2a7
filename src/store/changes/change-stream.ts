import { type ErrorCode, GatewayError } from '../../errors.ts';
import type { Revision } from '../store.ts';
import { type EventCursor, isBehindCursor, printEventCursor, wholeRevisionOf } from '../values/event-cursor.ts';
import type { Commit } from './commit.ts';
import { EventQueue, type Outcome } from './event-queue.ts';
import type { NodeChange } from './node-change.ts';
import type { Subscriber } from './subscriber.ts';

/** Which changes a subscriber wants to hear of, and as what. */
export interface Selection<E> {
  /** Whether a change may matter. Called for each change of each commit, so it reads nothing. */
  touches(change: NodeChange): boolean;
  /** The event that one of these is; null when it is none after all. It may read what the commit does not say. */
  judge(change: NodeChange, commit: Commit): Outcome<E>;
}

export interface ChangeStreamOptions<E> {
  readonly selection: Selection<E>;
  readonly after: EventCursor;
  /** Ends it once all up to this revision was told. */
  readonly until: Revision | null;
  readonly eventLimit: number;
  /** Aborts when the reader goes away; with a GatewayError as its reason, that is told to the reader, with where to go on. */
  readonly signal: AbortSignal;
  /** There was no room for a commit, and not for want of a reader: it is to be told of it once more, at its pace. */
  readonly onBehind: (stream: Subscriber) => void;
  /** It is over, however it ended. */
  readonly onEnd: (stream: Subscriber) => void;
}

/** What may be ahead of a reader that is told what happened long ago, before the next is fetched. */
const replayAhead = 64;
/** For a reader that is told of the past to take half of what is ahead of it: it may hold a place that others wait for. */
const replayPatienceMs = 30_000;

/** One subscriber: what it wants, how far it is, and the bounded queue in front of it. */
export class ChangeStream<E> implements Subscriber, AsyncIterableIterator<E, undefined> {
  readonly #options: ChangeStreamOptions<E>;
  readonly #queue = new EventQueue<E>();
  readonly #after: EventCursor;
  /** All up to it was looked at. */
  #position: Revision;
  #isOver: boolean = false;

  constructor(options: ChangeStreamOptions<E>) {
    const { after, signal } = options;
    this.#options = options;
    this.#after = after;
    this.#position = wholeRevisionOf(after);
    if (signal.aborted) this.#leave();
    else signal.addEventListener('abort', this.#leave, { once: true });
    this.#finishWhenPassed();
  }

  get position(): Revision {
    return this.#position;
  }

  get isOver(): boolean {
    return this.#isOver || this.#queue.isEnded;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  offer(commit: Commit): void {
    if (commit.revision <= this.#position || this.isOver) return;
    const { selection, until, eventLimit } = this.#options;
    if (until === null || commit.revision <= until) {
      const wanted = commit.changes.filter((change) => isBehindCursor(change, this.#after) && selection.touches(change));
      // A commit comes whole: the last one may be larger than what was left.
      if (wanted.length > 0 && this.#queue.size >= eventLimit) {
        if (this.#queue.isAwaited) this.#options.onBehind(this);
        else this.failSlow(`${eventLimit} events wait for their reader`);
        return;
      }
      for (const change of wanted) {
        const { revision, index } = change;
        this.#queue.push({ revision, index }, selection.judge(change, commit));
      }
    }
    this.pass(commit.revision);
  }

  pass(revision: Revision): void {
    if (revision > this.#position) this.#position = revision;
    this.#finishWhenPassed();
  }

  async untilRoom(): Promise<void> {
    const most = Math.min(replayAhead, this.#options.eventLimit);
    if (this.#queue.size < most) return;
    const reason = `Its reader took fewer than ${most / 2} events in ${replayPatienceMs / 1000} s`;
    const patience = setInterval(() => {
      // One that waits is not slow: what it waits for is judged, and the store may be away.
      if (!this.#queue.isAwaited) this.failSlow(reason);
    }, replayPatienceMs);
    await this.#queue.untilBelow(Math.ceil(most / 2)).finally(() => clearInterval(patience));
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    try {
      const result = await this.#queue.next();
      if (result.done === true) this.#release();
      return result;
    } catch (error) {
      // It may have failed at what could not be judged: then nobody has let it go yet.
      this.#release();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<E, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  throw(): Promise<IteratorResult<E, undefined>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.#queue.fail(error);
    this.#release();
  }

  drain(): void {
    this.#failResumable('SERVER_DRAINING', 'The gateway is shutting down: go on at another one, behind resumeAfter');
  }

  failSlow(reason: string): void {
    this.#failResumable('SLOW_CONSUMER', `${reason}: go on behind resumeAfter`);
  }

  #failResumable(code: ErrorCode, message: string): void {
    this.fail(new GatewayError(code, message, { details: { resumeAfter: printEventCursor(this.#resumeAfter()) } }));
  }

  /** Behind what was handed out; or further, where nothing was wanted between that and what is next. */
  #resumeAfter(): EventCursor {
    const taken = this.#queue.takenLast ?? this.#after;
    const next = this.#queue.head;
    if (next === null) return this.#position >= taken.revision ? { revision: this.#position, index: null } : taken;
    // What came before it in the same commit is taken or not wanted.
    const before =
      next.index === 0 || next.index === null ? { revision: next.revision - 1, index: null } : { ...next, index: next.index - 1 };
    return before.revision > taken.revision ? before : taken;
  }

  #finishWhenPassed(): void {
    const { until } = this.#options;
    if (until === null || this.#position < until) return;
    this.#queue.finish();
    // Till its reader has the last event it may have to be told of another end; and what the store is asked for it waits for that.
    if (this.#queue.size === 0) this.#release();
  }

  #end(): void {
    this.#queue.end();
    this.#release();
  }

  /** Its reader went away; or is to go, for a reason that it is told. */
  readonly #leave = (): void => {
    const { reason } = this.#options.signal;
    if (reason instanceof GatewayError) this.#failResumable(reason.code, reason.message);
    else this.#end();
  };

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal.removeEventListener('abort', this.#leave);
    this.#options.onEnd(this);
  }
}
