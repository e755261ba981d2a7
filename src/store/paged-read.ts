import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyspaceView } from './keyspace.ts';
import { type KeyValue, type RangeRead, type RangeResult, type ReadResult, transactionLimit } from './store.ts';

/** Entries read in one turn of the event loop: about half a millisecond. */
const pageEntries = 2_000;

/** Reads ranges of a snapshot and gives way to the event loop after each page, so that a long range holds up nobody else. */
export async function readPaged(snapshot: KeyspaceView, ranges: readonly RangeRead[], signal?: AbortSignal): Promise<ReadResult> {
  const results: RangeResult[] = [];
  const rounds = new Rounds();
  let keys = 0;
  let bytes = 0;
  let sinceLastTurn = 0;
  for (const { limit = Number.POSITIVE_INFINITY, ...range } of ranges) {
    const entries: KeyValue[] = [];
    let more = true;
    for (let page = 1, start = range.start; more && (page === 1 || entries.length < limit); page++) {
      if (sinceLastTurn >= pageEntries) {
        await nextTurn();
        signal?.throwIfAborted();
        sinceLastTurn = 0;
      }
      const wanted = Math.min(pageEntries, limit - entries.length);
      const found = snapshot.list({ ...range, start }, wanted + 1);
      const behind = found.splice(wanted)[0];
      more = behind !== undefined;
      start = behind?.key ?? start;
      for (const entry of found) {
        entries.push(entry);
        bytes += entry.key.length + entry.value.length;
      }
      keys += found.length;
      sinceLastTurn += found.length + 1;
      rounds.count(page);
    }
    results.push({ entries, more });
  }
  return { revision: snapshot.revision, results, cost: { ...rounds.cost(), keys, bytes } };
}

/**
 * Counts rounds, as the contract asks: the nth pages of all ranges go together. Pages are small here, since each is a turn of the
 * event loop; etcd's are larger and read side by side, so the same read takes it fewer rounds.
 */
class Rounds {
  readonly #pagesInRound: number[] = [];

  count(round: number): void {
    this.#pagesInRound[round - 1] = (this.#pagesInRound[round - 1] ?? 0) + 1;
  }

  /** A read of no ranges is a round too: it asks for the revision. */
  cost(): { waves: number; transactions: number } {
    const transactions = this.#pagesInRound.map((pages) => Math.ceil(pages / transactionLimit));
    return { waves: Math.max(1, transactions.length), transactions: Math.max(1, sum(transactions)) };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
