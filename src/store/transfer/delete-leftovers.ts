import { leaderKey, tokenFolder } from '../keys.ts';
import { type Key, keyRange } from '../range.ts';
import type { CommitResult, KeyValue, Revision, Transaction } from '../store.ts';
import { batchesOf } from './batch.ts';
import { commitPatiently, type Patience } from './commit-patiently.ts';
import { pagesOf } from './page.ts';

export interface Leftovers {
  readonly deleted: number;
  /** Keys that others wrote during the import, and that were left alone: how many, and one of them. */
  readonly foreign: { readonly count: number; readonly example: Key } | null;
  /** Of the last delete; 0 when there was none. */
  readonly revision: Revision;
}

export interface LeftoverSearch extends Patience {
  readonly prefix: Key;
  /** The store's revision before the import. */
  readonly before: Revision;
  /** The revisions of the import's own commits. */
  readonly ownRevisions: ReadonlySet<Revision>;
}

/**
 * Deletes the keys that an import did not write, without remembering which it did: what it wrote has the revision of one of its
 * commits. What is older than the import is a leftover. Everything else was written by somebody else meanwhile.
 *
 * No page is read at the revision of one before it: a store forgets old revisions, and these very deletes may be what it forgets them
 * for. What others write behind a page that was read is left alone too, but not counted.
 */
export async function deleteLeftovers({ prefix, before, ownRevisions, ...patience }: LeftoverSearch): Promise<Leftovers> {
  const { store, signal } = patience;
  let deleted = 0;
  let revision = 0;
  let foreignCount = 0;
  let example: Key | undefined;
  for await (const { entries } of pagesOf({ store, prefix, signal, eachAtNewest: true })) {
    const isOurs = ({ key }: KeyValue) => key === leaderKey(prefix) || key.startsWith(tokenFolder(prefix));
    const others = entries.filter((entry) => !ownRevisions.has(entry.modRevision) && !isOurs(entry));
    const foreign = others.filter((entry) => entry.modRevision > before);
    const leftovers = others.filter((entry) => entry.modRevision <= before);
    for await (const batch of batchesOf(leftovers, deleteBytes)) {
      signal.throwIfAborted();
      const outcome = await deleteUnchanged(batch, patience);
      revision = outcome.revision;
      deleted += batch.length - outcome.changed.length;
      foreign.push(...outcome.changed);
    }
    foreignCount += foreign.length;
    example ??= foreign[0]?.key;
  }
  return { deleted, revision, foreign: example === undefined ? null : { count: foreignCount, example } };
}

/** Its compare, its delete and its read. */
function deleteBytes({ key }: KeyValue): number {
  return 3 * key.length;
}

/** Deletes entries in one commit, but for those that somebody has changed since they were read: these are answered. */
async function deleteUnchanged(entries: readonly KeyValue[], patience: Patience) {
  const changed: KeyValue[] = [];
  let left = entries;
  for (;;) {
    const { committed, revision, reads } = await commitDeletes(left, patience);
    if (committed) return { changed, revision };
    const now = new Map(reads.flat().map((entry) => [entry.key, entry]));
    for (const { key, modRevision } of left) {
      const current = now.get(key);
      if (current !== undefined && current.modRevision !== modRevision) changed.push(current);
    }
    // At least one is not as it was, so each round has fewer.
    left = left.filter(({ key, modRevision }) => now.get(key)?.modRevision === modRevision);
  }
}

/** The compares hold only before the first success, so sending it again deletes nothing that was written later. */
function commitDeletes(entries: readonly KeyValue[], patience: Patience): Promise<CommitResult> {
  const ranges = entries.map(({ key }) => keyRange(key));
  const transaction: Transaction = {
    compares: entries.map(({ key, modRevision }) => ({
      target: 'modRevision',
      range: keyRange(key),
      is: '=',
      number: modRevision,
    })),
    writes: ranges.map((range) => ({ type: 'delete', range })),
    onFailure: ranges,
  };
  return commitPatiently(transaction, patience);
}
