import { type Key, prefixRange } from '../range.ts';
import type { KeyValue, Revision, Store } from '../store.ts';

export interface Page {
  readonly revision: Revision;
  readonly entries: readonly KeyValue[];
}

export interface PagedRead {
  readonly store: Store;
  readonly prefix: Key;
  readonly signal: AbortSignal;
  /** Reads each page at the revision that is the newest then: what is written meanwhile may be in it, or not. */
  readonly eachAtNewest?: true;
}

/** What is in memory at a time, as far as the sizes of the entries before let it be foreseen. */
const pageBytes = 4 * 1024 * 1024;
const firstPageEntries = 500;
const mostPageEntries = 5000;

/**
 * All entries under a prefix in key order, at one revision: the newest when the first page is read, unless it is said otherwise. Pages
 * are as long as memory lets them, since etcd counts all that is left of the range for each of them.
 */
export async function* pagesOf({ store, prefix, signal, eachAtNewest }: PagedRead): AsyncGenerator<Page> {
  const range = prefixRange(prefix);
  let start = prefix;
  let limit = firstPageEntries;
  let at: { at?: Revision } = {};
  for (;;) {
    const { revision, results, cost } = await store.read({ ranges: [{ ...range, start, limit }], signal, ...at });
    const { entries = [], more = false } = results[0] ?? {};
    yield { revision, entries };
    const last = entries.at(-1);
    if (!more || last === undefined) return;
    // The least key behind `last`.
    start = `${last.key}\0`;
    limit = Math.min(mostPageEntries, Math.max(1, Math.floor((pageBytes * entries.length) / cost.bytes)));
    if (eachAtNewest !== true) at = { at: revision };
  }
}
