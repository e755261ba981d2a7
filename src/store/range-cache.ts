import { coversRange, type Key, type Range } from './range.ts';
import type { KeyValue } from './store.ts';

interface Loaded {
  readonly range: Range & { readonly end: Key };
  readonly entries: readonly KeyValue[];
}

/** The ranges that a snapshot has read so far. A part of a range that was read is answered from it. */
export class RangeCache {
  readonly #keys = new Map<Key, readonly KeyValue[]>();
  /** Disjoint, in key order: a range that lies in another one is dropped when the other comes in. */
  #ranges: readonly Loaded[] = [];

  /** Those of the ranges that have not been read, each key once: none of them lies in another. */
  missing(wanted: readonly Range[]): Range[] {
    const unread = wanted.filter((range) => !this.holds(range));
    // Widest first among those that start together, so that one look back finds a range that covers.
    unread.sort((a, b) => compareText(a.start, b.start) || compareText(b.end ?? '', a.end ?? ''));
    const reduced: Range[] = [];
    for (const range of unread) {
      const last = reduced.at(-1);
      if (last !== undefined && (sameRange(last, range) || coversRange(last, range))) continue;
      reduced.push(range);
    }
    return reduced;
  }

  add(ranges: readonly Range[], results: readonly (readonly KeyValue[])[]): void {
    const added: Loaded[] = [];
    for (const [index, range] of ranges.entries()) {
      const entries = results[index] ?? [];
      if (range.end === undefined) this.#keys.set(range.start, entries);
      else added.push({ range: { start: range.start, end: range.end }, entries });
    }
    if (added.length === 0) return;
    added.sort(byStart);
    // Of waves that overlap in time, the one with the part may come back after the one with the whole.
    const fresh = added.filter(({ range }) => around(this.#ranges, range) === undefined);
    const kept = this.#ranges.filter(({ range }) => around(fresh, range) === undefined);
    this.#ranges = [...kept, ...fresh].sort(byStart);
  }

  /** Whether the range was read, itself or as a part of another. */
  holds(range: Range): boolean {
    return (range.end === undefined && this.#keys.has(range.start)) || around(this.#ranges, range) !== undefined;
  }

  /** The entries of a range that was read, itself or as a part of another. */
  entries(range: Range): readonly KeyValue[] {
    if (range.end === undefined) {
      const known = this.#keys.get(range.start);
      if (known !== undefined) return known;
    }
    const loaded = around(this.#ranges, range);
    if (loaded === undefined) throw new Error(`Range ${JSON.stringify(range)} was not read`);
    if (range.end === loaded.range.end && range.start === loaded.range.start) return loaded.entries;
    const from = firstAtOrAfter(loaded.entries, range.start);
    if (range.end === undefined) return loaded.entries[from]?.key === range.start ? loaded.entries.slice(from, from + 1) : [];
    return loaded.entries.slice(from, firstAtOrAfter(loaded.entries, range.end));
  }
}

/** The one of `ranges`, which are disjoint and in key order, that covers `range`. */
function around(ranges: readonly Loaded[], range: Range): Loaded | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.range.start ?? '') <= range.start) low = middle + 1;
    else high = middle;
  }
  const candidate = ranges[low - 1];
  return candidate !== undefined && coversRange(candidate.range, range) ? candidate : undefined;
}

function byStart(a: Loaded, b: Loaded): number {
  return compareText(a.range.start, b.range.start);
}

function firstAtOrAfter(entries: readonly KeyValue[], key: Key): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameRange(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
