import type { Key, Range } from '../range.ts';
import type { KeyValue, RangeRead, RangeResult } from '../store.ts';
import { splitPoints } from './split-points.ts';

/** How far one range of a read has come. */
export class RangeProgress {
  readonly #entries: KeyValue[] = [];
  readonly #end: Key | undefined;
  readonly #limit: number;
  readonly #first: Key;
  #start: Key;
  #asked: boolean = false;
  #more: boolean = false;

  /** A part of a long range holds about a page, others nobody knows what. */
  readonly isPartOfLong: boolean;

  constructor({ start, end, limit = Number.POSITIVE_INFINITY }: RangeRead, isPartOfLong = false) {
    this.isPartOfLong = isPartOfLong;
    this.#first = start;
    this.#start = start;
    this.#end = end;
    this.#limit = limit;
  }

  get isSingleKey(): boolean {
    return this.#end === undefined;
  }

  get isComplete(): boolean {
    return this.#asked && (!this.#more || this.#entries.length >= this.#limit);
  }

  /** How many entries to ask for at most. At least one, which also tells whether there are more than none. */
  get wanted(): number {
    return Math.max(1, this.#limit - this.#entries.length);
  }

  /** What was not read yet. */
  rest(): Range {
    return this.#end === undefined ? { start: this.#start } : { start: this.#start, end: this.#end };
  }

  add({ entries, more }: RangeResult): void {
    const room = this.#limit - this.#entries.length;
    for (const entry of room < entries.length ? entries.slice(0, room) : entries) this.#entries.push(entry);
    const last = this.#entries.at(-1);
    if (last !== undefined) this.#start = `${last.key}\0`;
    this.#more = more || room < entries.length;
    this.#asked = true;
  }

  /** Gives up what was not read yet, as parts that make it up, in order. None when it is not long enough, or not wanted whole. */
  splitRest(partEntries: number): RangeProgress[] {
    const end = this.#end;
    if (this.isComplete || end === undefined || this.#limit !== Number.POSITIVE_INFINITY) return [];
    const long = { start: this.#first, entriesRead: this.#entries.length, next: this.#start, partEntries };
    const points = splitPoints(long).filter((point) => point < end);
    if (points.length === 0) return [];
    this.#more = false;
    const bounds = [this.#start, ...points, end];
    return points.concat(end).map((partEnd, index) => new RangeProgress({ start: bounds[index] ?? partEnd, end: partEnd }, true));
  }

  result(): RangeResult {
    return { entries: this.#entries, more: this.#more };
  }
}
