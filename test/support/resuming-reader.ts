import { EventEmitter, once } from 'node:events';
import { expect } from 'vitest';
import type { Revision } from '../../src/store/store.ts';
import type { ChangeTold } from './change-log.ts';
import type { Answer } from './gateway.ts';
import { openSocketClient } from './ws-client.ts';

const subscription = 'subscription ($after: EventCursor) { changes(after: $after) { type kind id revision cursor } }';

/** Of errors after which the stream is to be had again. A connection that broke, or never came to be, is none: null. */
const resumable: readonly (string | null)[] = ['SERVER_DRAINING', 'SLOW_CONSUMER', 'STORE_UNAVAILABLE', null];

export interface ChangeSeen extends ChangeTold {
  readonly cursor: string;
}

export interface Ending {
  readonly code: string | null;
  readonly resumeAfter?: string;
  readonly oldestRevision?: Revision;
}

export interface ResumingReaderOptions {
  /** Of the gateway to subscribe at: asked each time that it begins. */
  readonly url: () => string | Promise<string>;
  readonly after: Revision | string;
  /** Whether to break the connection right behind an event. */
  readonly breaksOff?: (event: ChangeSeen) => boolean;
  /** What other readers were told, by cursor: where it is the same it is kept once. */
  readonly shared?: Map<string, ChangeSeen>;
}

/**
 * Reads `changes` over WebSocket. Whenever the stream ends, and the error does not say that this can't be, it begins again behind what it
 * has: on a new connection, behind `resumeAfter`, or behind the cursor of the last event that came.
 */
export class ResumingReader {
  readonly seen: ChangeSeen[] = [];
  /** How each stream ended. */
  readonly endings: Ending[] = [];
  readonly #options: ResumingReaderOptions;
  readonly #news = new EventEmitter();
  readonly #ended: Promise<void>;
  #after: string;
  #failure: unknown = null;
  #isClosed: boolean = false;
  #breakOff: () => void = () => undefined;

  constructor(options: ResumingReaderOptions) {
    this.#options = options;
    this.#after = String(options.after);
    this.#ended = this.#run();
  }

  /** Resolves when it was told something of this revision, or of a later one. */
  untilTold(revision: Revision): Promise<void> {
    return this.#until(() => (this.seen.at(-1)?.revision ?? 0) >= revision);
  }

  /** Resolves when so many events came, in all. */
  untilCount(count: number): Promise<void> {
    return this.#until(() => this.seen.length >= count);
  }

  /** Resolves with the end of a stream behind which it may not begin again. */
  async untilRefused(): Promise<Ending | undefined> {
    while (this.#failure === null) await once(this.#news, 'news');
    return this.endings.at(-1);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#breakOff();
    await this.#ended;
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      if (this.#failure !== null) throw this.#failure;
      await once(this.#news, 'news');
    }
  }

  async #run(): Promise<void> {
    while (!this.#isClosed && this.#failure === null) {
      try {
        const ending = await this.#read(await this.#options.url());
        this.endings.push(ending);
        if (!resumable.includes(ending.code)) throw new Error(`The stream ended with ${JSON.stringify(ending)}`);
        this.#after = ending.resumeAfter ?? this.seen.at(-1)?.cursor ?? this.#after;
      } catch (error) {
        this.#failure = error;
      }
      this.#news.emit('news');
    }
  }

  async #read(url: string): Promise<Ending> {
    const socket = await openSocketClient(url).catch(() => null);
    if (socket === null) return { code: null };
    const ending = await new Promise<Ending>((resolve, reject) => {
      let isOver = false;
      const end = (ended: Ending) => {
        isOver = true;
        resolve(ended);
      };
      this.#breakOff = () => {
        end({ code: null });
        socket.cut();
      };
      if (this.#isClosed) this.#breakOff();
      socket.client.subscribe<Answer['data']>(
        { query: subscription, variables: { after: this.#after } },
        {
          next: ({ data, errors }) => {
            // What was on its way when the connection broke.
            if (isOver) return;
            if (errors !== undefined) reject(new AggregateError(errors, JSON.stringify(errors)));
            else this.#take(data.changes);
          },
          error: (error) => end(endingOf(error)),
          complete: () => end({ code: 'COMPLETE' }),
        },
      );
    });
    await socket.client.dispose();
    return ending;
  }

  #take(change: ChangeSeen & { readonly revision: string }): void {
    const seen = this.#share({ ...change, revision: Number(change.revision) });
    this.seen.push(seen);
    this.#news.emit('news');
    if (this.#options.breaksOff?.(seen) === true) this.#breakOff();
  }

  #share(seen: ChangeSeen): ChangeSeen {
    const { shared } = this.#options;
    const other = shared?.get(seen.cursor);
    if (other !== undefined && isSame(other, seen)) return other;
    if (other === undefined) shared?.set(seen.cursor, seen);
    return seen;
  }
}

function isSame(one: ChangeSeen, { revision, type, kind, id }: ChangeSeen): boolean {
  return one.revision === revision && one.type === type && one.kind === kind && one.id === id;
}

/** An array holds GraphQL errors; anything else is how the connection broke. */
function endingOf(error: unknown): Ending {
  return Array.isArray(error) ? error[0].extensions : { code: null };
}

export interface Reading {
  readonly told: readonly ChangeTold[];
  readonly seen: readonly ChangeSeen[];
}

/** Exactly what there was to tell, once, in order, and each event further on than the one before. */
export function expectAsTold({ told, seen }: Reading): void {
  const line = ({ revision, type, kind, id }: ChangeTold) => `${revision} ${type} ${kind} ${id}`;
  expect(seen.map(line)).toEqual(told.map(line));
  const places = seen.map(({ cursor }) => cursor.split('.').map(Number));
  const isBehind = ([revision = 0, index = 0]: number[], [before = 0, indexBefore = -1]: number[] = []) =>
    revision > before || (revision === before && index > indexBefore);
  expect(seen.filter((_event, at) => !isBehind(places[at] ?? [], places[at - 1]))).toEqual([]);
  expect(seen.filter(({ revision }, at) => places[at]?.[0] !== revision)).toEqual([]);
}
