import type { Key, Range } from './range.ts';

/**
 * The contract of a store. These comments are its specification; test/store/store-contract.ts proves each sentence on every
 * implementation. A store is a versioned, ordered map from keys to values. Each commit that writes gets the next revision.
 */
export interface Store {
  /** `etcd` or `embedded`. */
  readonly kind: StoreKind;

  /**
   * One consistent read of any mix of keys and ranges, as the store was at one revision.
   *
   * - Without `at` it is linearizable: it sees every commit that was acknowledged before the call, and `revision` says what it saw.
   * - With `at` it reads exactly that revision. Fails with REVISION_COMPACTED when that is older than the history that is kept,
   *   with BAD_USER_INPUT (field `revision`) when it is newer than the newest; both are proved by the store, not guessed. The
   *   compaction revision itself is still readable.
   * - `results` has one entry for each range, in the order asked; entries are in ascending key order.
   * - Long ranges are fetched in pages at the pinned revision, so that no message outgrows a limit and the event loop stays free.
   * - Safe to repeat, so a broken connection is retried within the store's timeout; then STORE_UNAVAILABLE.
   * - When `signal` aborts it fails with the signal's reason.
   */
  read(request: ReadRequest): Promise<ReadResult>;

  /**
   * One guarded transaction. When all `compares` hold, all `writes` are applied at one new revision; else nothing is. The reads
   * (`onSuccess` or `onFailure`) see the store right after that decision.
   *
   * - `committed: true` is durable: it survives the death of any process.
   * - Never repeated on a guess. Where nobody knows what became of it, it fails with an OutcomeUnknownError; see outcome.ts.
   * - STORE_UNAVAILABLE means that nothing was and nothing will be applied.
   * - At most `transactionLimit` compares, `writes` and `onSuccess` together, and `onFailure`, and 1 MiB in all: more is a RangeError,
   *   and so is writing a key twice (deletes may overlap each other). transaction-check.ts holds these rules for all stores.
   * - A transaction that writes nothing, or only deletes what is not there, makes no revision.
   * - `leaseId` of a put must be a living lease, else LeaseNotFoundError. A put without one detaches the key from its lease.
   */
  commit(transaction: Transaction): Promise<CommitResult>;

  /**
   * Every change in a range, exactly once, in revision order, one batch a revision, each with the value before it.
   *
   * - Resolves when the store has accepted it. Begins behind `after`; without it, behind the newest revision at that moment.
   * - Goes on after any cut of the connection without a loss or a repeat.
   * - Fails with REVISION_COMPACTED (at the start, or later while reading it) when the history behind `after` is gone: `after` must be
   *   at or above the compaction revision. Never a silent gap.
   * - Fails with BAD_USER_INPUT (field `after`) when `after` is above the newest revision.
   * - Ends quietly when `signal` aborts, on `close()`, or when its iterator returns; a pending `next()` is settled then.
   */
  watch(request: WatchRequest): Promise<Watch>;

  /** A new lease. Its keys vanish, in one commit, when nobody keeps it alive for `ttlSeconds` (a whole number from 1). */
  grantLease(ttlSeconds: number): Promise<Lease>;
  /** Starts the lease's time again. LeaseNotFoundError when it is gone. */
  keepLeaseAlive(leaseId: LeaseId): Promise<Lease>;
  /** Ends the lease and deletes its keys, in one commit. LeaseNotFoundError when it is gone. */
  revokeLease(leaseId: LeaseId): Promise<void>;
  /** Whole seconds left, rounded down and at least 0; null when there is no such lease. */
  leaseTimeToLive(leaseId: LeaseId): Promise<number | null>;

  /** What the store says of itself now. Never fails: a store that can't be read is `healthy: false` with its last known revision. */
  status(signal?: AbortSignal): Promise<StoreStatus>;

  /** Ends watches, answers the commits under way, releases everything. Later calls fail with STORE_UNAVAILABLE. */
  close(): Promise<void>;
}

export type StoreKind = 'etcd' | 'embedded';

/** Counts commits, from 1. A store's revisions stay below 2^53 for 280 years at a million commits a second. */
export type Revision = number;

/** A lease's number in decimal; never "0". */
export type LeaseId = string;

export interface KeyValue {
  readonly key: Key;
  /** Others may hold the same buffer: it is not to be written to. */
  readonly value: Buffer;
  /** The revision at which the key last came into being. */
  readonly createRevision: Revision;
  /** The revision of its last put. */
  readonly modRevision: Revision;
  /** Puts since it came into being: 1 for a new key. */
  readonly version: number;
  /** Null when the key is bound to no lease. */
  readonly leaseId: LeaseId | null;
}

export interface RangeRead extends Range {
  /** At most so many entries; `more` then says whether there are others. Absent: all of them. */
  readonly limit?: number;
}

export interface ReadRequest {
  readonly at?: Revision;
  readonly ranges: readonly RangeRead[];
  readonly signal?: AbortSignal;
}

export interface RangeResult {
  readonly entries: readonly KeyValue[];
  readonly more: boolean;
}

export interface ReadResult {
  readonly revision: Revision;
  readonly results: readonly RangeResult[];
  readonly cost: ReadCost;
}

/** What a read cost the store. */
export interface ReadCost {
  /** Rounds that waited for one another: 1, and one more for each further round of pages. Pages of one round are fetched together. */
  readonly waves: number;
  /** Transactions sent. */
  readonly transactions: number;
  /** Keys and bytes (of keys and values) that came back. */
  readonly keys: number;
  readonly bytes: number;
}

/**
 * A condition. Over a range it must hold for each key that is there. An absent key, and a range without any key, counts as one key
 * whose version and revisions are 0; no compare of its value holds, whatever the operator. So `version = 0` over a range says that
 * it is empty, and `modRevision < R + 1` that nothing in it is newer than R. (This is how etcd decides.)
 */
export type Compare =
  | { readonly target: 'value'; readonly range: Range; readonly is: CompareOperator; readonly value: Buffer }
  | {
      readonly target: 'version' | 'createRevision' | 'modRevision';
      readonly range: Range;
      readonly is: CompareOperator;
      readonly number: number;
    };

export type CompareOperator = '=' | '!=' | '<' | '>';

export type Write =
  | { readonly type: 'put'; readonly key: Key; readonly value: Buffer; readonly leaseId?: LeaseId | null }
  | { readonly type: 'delete'; readonly range: Range };

export interface Transaction {
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  readonly onSuccess?: readonly Range[];
  readonly onFailure?: readonly Range[];
  /**
   * Rather hears soon that nobody knows what became of it than late that it was done: a store that is asked over a network waits for
   * the answer for a part of its timeout only. It changes nothing else.
   */
  readonly isHasty?: boolean;
}

/** etcd's own default for one transaction: compares, and operations, each. */
export const transactionLimit = 128;

export interface CommitResult {
  readonly committed: boolean;
  /** The commit's own revision; when nothing was written, the newest revision at the decision. */
  readonly revision: Revision;
  readonly reads: readonly (readonly KeyValue[])[];
}

export interface WatchRequest {
  readonly range: Range;
  readonly after?: Revision;
  readonly signal?: AbortSignal;
}

/** `current` is null for a delete, `previous` for a key that came into being. */
export interface Change {
  readonly key: Key;
  readonly previous: KeyValue | null;
  readonly current: KeyValue | null;
}

export interface WatchBatch {
  readonly revision: Revision;
  /** In key order; each key at most once. None only where `requestProgress` is answered. */
  readonly changes: readonly Change[];
}

/** One reader only. */
export interface Watch extends AsyncIterable<WatchBatch> {
  /** The revision behind which it began. */
  readonly after: Revision;
  /**
   * Asks how far it is. The answer comes among the batches, as one without changes: all that happened up to its revision has been
   * delivered. A store answers only when it is sure, and when the watch is not behind: who needs an answer asks again.
   */
  requestProgress(): void;
  close(): Promise<void>;
}

export interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
}

export interface StoreStatus {
  readonly kind: StoreKind;
  /** The store's own version; null when it does not say. */
  readonly version: string | null;
  readonly healthy: boolean;
  /** Of one that is not healthy: it is there, and refuses what it is asked, as it does for a wrong password. Default: false. */
  readonly isRefusing?: boolean;
  readonly revision: Revision;
}

/** The connection broke while a commit was under way, or the store ran out of space: it may have been applied, or may still be. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  /** If it has not been applied, it never will be: what is read from now on tells. Default: false. */
  readonly isOver: boolean;

  constructor(message: string, { isOver = false, ...options }: ErrorOptions & { readonly isOver?: boolean } = {}) {
    super(message, options);
    this.isOver = isOver;
  }
}

export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError';
  readonly leaseId: LeaseId;

  constructor(leaseId: LeaseId, options?: ErrorOptions) {
    super(`There is no lease ${leaseId}: it expired or was revoked`, options);
    this.leaseId = leaseId;
  }
}
