import type { Update } from '../keyspace.ts';
import type { LeaseId, Revision } from '../store.ts';

/** What one commit leaves behind, beside the keyspace in memory. */
export interface JournalRecord {
  /** The newest revision after the commit; one that only concerns leases makes none. */
  readonly revision: Revision;
  readonly updates: readonly Update[];
  readonly leases: readonly LeaseUpdate[];
}

/** `ttlSeconds` is null when the lease ended. Deadlines are not kept: after a restart every lease has its whole time again. */
export interface LeaseUpdate {
  readonly id: LeaseId;
  readonly ttlSeconds: number | null;
}

export interface Journal {
  /**
   * Writes all records or none, and resolves when they are durable. A NothingWrittenError says that none was written nor will be;
   * after any other error nobody knows, and the journal is not to be used again.
   */
  write(records: readonly JournalRecord[]): Promise<void>;
  close(): Promise<void>;
}

export class NothingWrittenError extends Error {
  override readonly name = 'NothingWrittenError';
}

/** Keeps nothing: the store lives as long as the process. */
export const memoryJournal: Journal = {
  write: async () => undefined,
  close: async () => undefined,
};
