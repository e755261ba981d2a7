import { messageOf } from '../../errors.ts';
import type { Key } from '../range.ts';
import type { KeyValue, LeaseId } from '../store.ts';
import { encodeEntry, encodeHead, encodeLease, entryKey, headKey, leaseKey } from './disk-record.ts';
import type { FolderLock } from './folder-lock.ts';
import { type Journal, type JournalRecord, NothingWrittenError } from './journal.ts';
import { type Database, readHead } from './lmdb-file.ts';

/** A disk that takes longer for one write is as good as gone: the outcome counts as unknown. */
const writeTimeoutMs = 60_000;

/**
 * A journal in one LMDB file, which holds the newest state only: history lives in memory.
 *
 * One write is one LMDB transaction, made on a thread of lmdb's. Without `overlappingSync` it is LMDB's classic commit: the changed
 * pages, fdatasync, then the page that makes them count, through O_DSYNC. So a write that has resolved survives a power cut, and one
 * that was torn is not there at all.
 */
export class LmdbJournal implements Journal {
  readonly #database: Database;
  readonly #lock: FolderLock;
  #writes: number;
  #state: 'usable' | 'unknown' = 'usable';

  constructor(database: Database, lock: FolderLock) {
    this.#database = database;
    this.#lock = lock;
    this.#writes = readHead(database).writes;
  }

  async write(records: readonly JournalRecord[]): Promise<void> {
    const writes = this.#writes + 1;
    try {
      await withinTimeout(this.#putAll(records, writes));
    } catch (error) {
      if (!(error instanceof TimeoutError) && this.#isUnwritten(writes)) {
        throw new NothingWrittenError(messageOf(error), { cause: error });
      }
      this.#state = 'unknown';
      throw error;
    }
    this.#writes = writes;
  }

  /**
   * While a writer may still be at work the file and its lock are left to the end of the process: closing would wait for that
   * writer, perhaps for ever, and nobody else may open the folder beside it.
   */
  async close(): Promise<void> {
    if (this.#state === 'unknown') return;
    await this.#database.close();
    await this.#lock.release();
  }

  async #putAll(records: readonly JournalRecord[], writes: number): Promise<void> {
    const database = this.#database;
    const changes = changesOnDisk(records, writes);
    try {
      // One transaction; its promise is the one of `batch`.
      await database.batch(() => {
        for (const [key, value] of changes) {
          if (value === null) void database.remove(key);
          else void database.put(key, value);
        }
      });
    } catch (error) {
      throw new Error(await reasonOf(error), { cause: error });
    }
  }

  /** Proved by reading, not guessed from the error. */
  #isUnwritten(writes: number): boolean {
    try {
      this.#database.resetReadTxn();
      return readHead(this.#database).writes < writes;
    } catch {
      return false;
    }
  }
}

class TimeoutError extends Error {}

async function withinTimeout(writing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const message = `the disk has not finished a write within ${writeTimeoutMs / 1000} s`;
    timer = setTimeout(() => reject(new TimeoutError(message)), writeTimeoutMs);
  });
  await Promise.race([writing, timeout]).finally(() => clearTimeout(timer));
}

/** lmdb says why a commit failed in a second promise, which rejects. Left alone, that rejection would end the process. */
async function reasonOf(error: unknown): Promise<string> {
  if (!(error instanceof Error && 'commitError' in error)) return messageOf(error);
  return await Promise.resolve(error.commitError).then(() => error.message, messageOf);
}

/** The last word of all records on each entry and lease, and the new head; null deletes. */
function changesOnDisk(records: readonly JournalRecord[], writes: number): [Buffer, Buffer | null][] {
  const entries = new Map<Key, KeyValue | null>();
  const leases = new Map<LeaseId, number | null>();
  let revision = 0;
  for (const record of records) {
    for (const { key, current } of record.updates) entries.set(key, current);
    for (const { id, ttlSeconds } of record.leases) leases.set(id, ttlSeconds);
    revision = record.revision;
  }
  const changes: [Buffer, Buffer | null][] = [];
  for (const [key, entry] of entries) changes.push([entryKey(key), entry === null ? null : encodeEntry(entry)]);
  for (const [id, ttlSeconds] of leases) changes.push([leaseKey(id), ttlSeconds === null ? null : encodeLease(ttlSeconds)]);
  changes.push([headKey, encodeHead({ revision, writes })]);
  return changes;
}
