import type { EventCursor } from '../values/event-cursor.ts';

/** An event that is wanted, or null for one that turned out not to be. */
export type Outcome<E> = Promise<E | null> | E | null;

interface Item<E> {
  readonly cursor: EventCursor;
  readonly outcome: Outcome<E>;
}

const done: IteratorResult<never, undefined> = { done: true, value: undefined };

/**
 * Events on their way to one reader, in order, some of them still to be judged. It does not bound itself: who fills it looks at `size`
 * first. A reader takes one after the other; what ends the queue while it is judged is not handed out.
 */
export class EventQueue<E> {
  /** In the order in which they came: a Map keeps it, and lets one in the middle go. */
  readonly #items = new Map<number, Item<E>>();
  #nextId = 0;
  #state: 'open' | 'finishing' | 'ended' = 'open';
  #failure: { readonly error: unknown } | null = null;
  #wakeReader: () => void = () => undefined;
  #wakeWriter: (() => void) | null = null;
  #takenLast: EventCursor | null = null;
  #lastTake: Promise<unknown> = Promise.resolve();
  /** Calls of `next` that have no answer yet. */
  #takes = 0;

  /** Events that nobody has taken yet. */
  get size(): number {
    return this.#items.size;
  }

  /** Where the event stands that is next. */
  get head(): EventCursor | null {
    const [head] = this.#items.values();
    return head?.cursor ?? null;
  }

  /** Whether a reader waits: then it is not the one who is slow. */
  get isAwaited(): boolean {
    return this.#takes > 0;
  }

  /** Where the event stood that was handed out last. */
  get takenLast(): EventCursor | null {
    return this.#takenLast;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  push(cursor: EventCursor, outcome: Outcome<E>): void {
    if (this.#state !== 'open' || outcome === null) return;
    const id = this.#nextId++;
    this.#items.set(id, { cursor, outcome });
    if (outcome instanceof Promise) {
      // One that is not wanted takes no room while those before it wait for their reader. A failure is met when its turn comes.
      outcome.then(
        (event) => event === null && this.#remove(id),
        () => undefined,
      );
    }
    this.#wakeReader();
  }

  next(): Promise<IteratorResult<E, undefined>> {
    this.#takes++;
    const take = this.#lastTake.then(() => this.#take());
    const over = () => {
      this.#takes--;
    };
    this.#lastTake = take.then(over, over);
    return take;
  }

  /** Resolves when there are fewer than `size` events, or none are to come. */
  async untilBelow(size: number): Promise<void> {
    while (this.#items.size >= size && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /** The reader gets what is there, and then the end. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'finishing';
    this.#wake();
  }

  /** The reader gets nothing any more but the error. */
  fail(error: unknown): void {
    if (this.#state === 'ended') return;
    this.#failure = { error };
    this.#end();
  }

  /** The reader gets nothing any more. */
  end(): void {
    this.#failure = null;
    this.#end();
  }

  #end(): void {
    this.#state = 'ended';
    this.#items.clear();
    this.#wake();
  }

  async #take(): Promise<IteratorResult<E, undefined>> {
    for (;;) {
      if (this.#failure !== null) {
        const { error } = this.#failure;
        this.#failure = null;
        throw error;
      }
      const [head] = this.#items;
      if (head === undefined) {
        if (this.#state !== 'open') return done;
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        continue;
      }
      const [id, { cursor, outcome }] = head;
      const event = outcome instanceof Promise ? await this.#judged(outcome) : outcome;
      if (event === null || !this.#remove(id)) continue;
      this.#takenLast = cursor;
      return { done: false, value: event };
    }
  }

  /** Null when it is not wanted, or when judging it failed: then that ends the queue. */
  async #judged(outcome: Promise<E | null>): Promise<E | null> {
    try {
      return await outcome;
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  #remove(id: number): boolean {
    const wasThere = this.#items.delete(id);
    this.#wakeWriter?.();
    return wasThere;
  }

  #wake(): void {
    this.#wakeReader();
    this.#wakeWriter?.();
  }
}
