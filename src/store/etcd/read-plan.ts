import { transactionLimit } from '../store.ts';
import type { RangeProgress } from './range-progress.ts';

/** What one transaction asks of one range. */
export interface Page {
  readonly range: RangeProgress;
  readonly limit: number;
}

/** Decoding so many entries takes about 15 ms, during which the event loop does nothing else. */
const transactionKeys = 10_000;
/** So that a wave of many short ranges, such as the guests of each hypervisor, is done with one page of each. */
const smallestPageKeys = 100;
const pageBytes = 4 * 1024 * 1024;
/** What a reply that was too large is divided by. */
const shrinkFactor = 8;

/** How many entries a transaction may ask for: learnt in the course of one read from the size of its entries. */
export class PageSize {
  #most = transactionKeys;
  #keys = transactionKeys;

  get keys(): number {
    return this.#keys;
  }

  saw(keys: number, bytes: number): void {
    if (keys > 0) this.#keys = clamp(Math.floor((pageBytes * keys) / Math.max(1, bytes)), 1, this.#most);
  }

  /** False when not even a single entry can be read. */
  shrink(): boolean {
    if (this.#keys === 1) return false;
    // For good: the entries that were read so far say nothing of those that were too large.
    this.#most = Math.ceil(this.#keys / shrinkFactor);
    this.#keys = this.#most;
    return true;
  }
}

/**
 * The transactions of one wave: a page of each range. Together the pages of a transaction hold at most `keys` entries, whatever
 * lies there, and ranges share them evenly; a part of a long range has a transaction to itself. No ranges need one empty
 * transaction, which tells the revision.
 */
export function planWave(ranges: readonly RangeProgress[], keys: number): Page[][] {
  const keysAlone = ranges.filter((range) => range.isSingleKey).length;
  const sharing = ranges.filter((range) => !range.isSingleKey && !range.isPartOfLong).length;
  const share = Math.floor((keys - keysAlone) / Math.max(1, sharing));
  const pageKeys = clamp(share, Math.min(smallestPageKeys, keys), keys);
  const transactions: Page[][] = [];
  let transaction: Page[] = [];
  let room = 0;
  for (const range of ranges) {
    const limit = range.isSingleKey ? 1 : range.isPartOfLong ? keys : Math.min(pageKeys, range.wanted);
    if (limit > room || transaction.length === transactionLimit) {
      transaction = [];
      transactions.push(transaction);
      room = keys;
    }
    transaction.push({ range, limit });
    room -= limit;
  }
  return transactions.length === 0 ? [[]] : transactions;
}

function clamp(number: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, number));
}
