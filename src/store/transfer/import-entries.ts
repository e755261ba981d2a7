import { setImmediate as nextTurn } from 'node:timers/promises';
import { leaderKey, tokenFolder } from '../keys.ts';
import { type Key, keyRange, prefixRange, type Range } from '../range.ts';
import { type Compare, type LeaseId, OutcomeUnknownError, type Revision, type Store } from '../store.ts';
import { transactionByteLimit } from '../transaction-check.ts';
import { batchesOf } from './batch.ts';
import { deleteLeftovers, type Leftovers } from './delete-leftovers.ts';
import type { Entry } from './entry.ts';
import { type ImportProgress, ImportStoppedError, KeyTakenError, PrefixNotEmptyError } from './import-error.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { putBatch } from './put-batch.ts';

export interface Import {
  readonly store: Store;
  readonly prefix: Key;
  /** Each key once, each beginning with the prefix, none over `entryByteLimit`. */
  readonly entries: AsyncIterable<Entry> | Iterable<Entry>;
  /** What to do with a prefix that holds keys: write over them, or also delete those that `entries` does not name. */
  readonly onExisting: 'refuse' | 'merge' | 'replace';
  readonly leaseSeconds: number;
  readonly signal: AbortSignal;
  readonly onWritten?: (count: number) => void;
  /** How long a store that does not answer is waited for, each time. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 30_000;

export interface ImportReport extends ImportProgress {
  /** Null unless the keys that `entries` does not name were to go. */
  readonly leftovers: Leftovers | null;
}

/** What an entry takes of a transaction's bytes: the put, the compare that nobody has the key, the read of who has. */
export function entryBytes({ key, value }: Entry): number {
  return 3 * key.length + value.length;
}

/** What is left of a transaction beside the compare that the prefix is empty. */
export function entryByteLimit(prefix: Key): number {
  return transactionByteLimit - 8 * prefix.length - 64;
}

/**
 * Writes entries in batches, in their order. An import is no transaction: when it fails on its way, what was written stays, and the
 * ImportStoppedError tells what that is. Where the prefix must be empty, the first commit proves that it is, and each further one
 * that nobody else has written its keys meanwhile.
 */
export async function importEntries(options: Import): Promise<ImportReport> {
  const { store, prefix, entries, onExisting, signal } = options;
  const ranges = clusterRanges(prefix).map((range) => ({ ...range, limit: 1 }));
  const { revision, results } = await store.read({ ranges, signal });
  const found = results.flatMap((result) => result.entries)[0];
  if (onExisting === 'refuse' && found !== undefined) throw new PrefixNotEmptyError(prefix, found.key);
  const writer = new EntryWriter(options, revision);
  try {
    for await (const batch of batchesOf(entries, entryBytes)) await writer.write(batch);
    const leftovers = onExisting === 'replace' ? await writer.deleteLeftovers() : null;
    return { ...(await writer.finish()), leftovers };
  } catch (error) {
    if (error instanceof PrefixNotEmptyError) throw error;
    throw new ImportStoppedError(writer.progress, error);
  } finally {
    await writer.stop();
  }
}

class EntryWriter {
  readonly #options: Import;
  readonly #before: Revision;
  readonly #lease: LeaseKeeper;
  readonly #ownRevisions = new Set<Revision>();
  #progress: ImportProgress;

  constructor(options: Import, before: Revision) {
    this.#options = options;
    this.#before = before;
    this.#lease = new LeaseKeeper(options.store, options.leaseSeconds);
    this.#progress = { written: 0, inDoubt: 0, leased: 0, isDeleting: false, revision: before };
  }

  get progress(): ImportProgress {
    return this.#progress;
  }

  async write(batch: readonly Entry[]): Promise<void> {
    const { signal, onWritten } = this.#options;
    signal.throwIfAborted();
    const leased = batch.filter((entry) => entry.isLeased).length;
    const leaseId = leased > 0 ? await this.#lease.leaseId() : null;
    const revision = await this.#put(batch, leaseId);
    this.#ownRevisions.add(revision);
    const { written, leased: leasedBefore } = this.#progress;
    this.#progress = { ...this.#progress, written: written + batch.length, leased: leasedBefore + leased, revision };
    onWritten?.(this.#progress.written);
    // A store in this process may answer without a turn of the event loop: leases, signals and the progress bar need theirs.
    await nextTurn();
  }

  async deleteLeftovers(): Promise<Leftovers> {
    const { store, prefix, signal, patienceMs = defaultPatienceMs } = this.#options;
    this.#progress = { ...this.#progress, isDeleting: true };
    const own = { before: this.#before, ownRevisions: this.#ownRevisions };
    const leftovers = await deleteLeftovers({ store, prefix, ...own, signal, patienceMs });
    const revision = Math.max(this.#progress.revision, leftovers.revision);
    this.#progress = { ...this.#progress, isDeleting: false, revision };
    return leftovers;
  }

  /** Fails when the lease ended on the way, and its keys with it. */
  async finish(): Promise<ImportProgress> {
    await this.#lease.finish();
    return this.#progress;
  }

  async stop(): Promise<void> {
    await this.#lease.stop();
  }

  async #put(entries: readonly Entry[], leaseId: LeaseId | null): Promise<Revision> {
    const { store, prefix, onExisting, signal, patienceMs = defaultPatienceMs } = this.#options;
    const isFirst = this.#progress.written === 0;
    const nobodyHasThem = isFirst ? clusterRanges(prefix).map(isAbsent) : entries.map(({ key }) => isAbsent(keyRange(key)));
    const compares = onExisting === 'refuse' ? nobodyHasThem : [];
    const batch = { entries, leaseId, compares, after: this.#progress.revision, store, signal, patienceMs };
    const result = await putBatch(batch).catch((error: unknown) => {
      if (error instanceof OutcomeUnknownError) this.#progress = { ...this.#progress, inDoubt: entries.length };
      throw error;
    });
    if ('revision' in result) return result.revision;
    throw isFirst ? new PrefixNotEmptyError(prefix, result.takenKey) : new KeyTakenError(result.takenKey ?? prefix);
  }
}

/** All under the prefix but what a gateway that runs there holds, and who may use it. */
function clusterRanges(prefix: Key): Range[] {
  const { start, end } = prefixRange(prefix);
  const leader = leaderKey(prefix);
  const tokens = prefixRange(tokenFolder(prefix));
  // The key right behind another one is that with a zero byte.
  return [
    { start, end: leader },
    { start: `${leader}\0`, end: tokens.start },
    { start: tokens.end, end },
  ];
}

/** Over a range: that nothing is there. */
function isAbsent(range: Range): Compare {
  return { target: 'version', range, is: '=', number: 0 };
}
