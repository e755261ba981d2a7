import { randomInt } from 'node:crypto';
import { badUserInput, GatewayError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { KeyspaceWatch } from '../keyspace-watch.ts';
import type { Memory } from '../memory.ts';
import { readPaged } from '../paged-read.ts';
import {
  type CommitResult,
  type Lease,
  type LeaseId,
  LeaseNotFoundError,
  type ReadRequest,
  type ReadResult,
  type Revision,
  type Store,
  type StoreStatus,
  type Transaction,
  type Watch,
  type WatchRequest,
} from '../store.ts';
import { checkTransaction } from '../transaction-check.ts';
import { holds, unknownLeaseOf, updatesOf } from './decide.ts';
import { DurableKeyspace, type DurableKeyspaceOptions } from './durable-keyspace.ts';
import { EmbeddedMemory } from './embedded-memory.ts';
import { ExpiryTimer } from './expiry-timer.ts';
import type { HeldLease } from './lease-book.ts';

/** Wait after an expiry that could not be written. */
const expiryRetryMs = 1_000;

/** About 285 years, as in etcd. */
const longestLeaseSeconds = 9_000_000_000;

/** The contract of a store over a keyspace in this process. */
export class EmbeddedStore implements Store {
  readonly kind = 'embedded';
  readonly memory: Memory;
  readonly #keyspace: DurableKeyspace;
  readonly #expiry = new ExpiryTimer(() => this.#endExpiredLeases());
  readonly #watches = new Set<KeyspaceWatch>();
  readonly #log: Logger;
  /** What was opened on top of the store, oldest first. */
  readonly #onTop: (() => Promise<void>)[] = [];
  #closing: Promise<void> | null = null;

  constructor(options: DurableKeyspaceOptions) {
    this.#log = options.log;
    this.#keyspace = new DurableKeyspace(options);
    this.#keyspace.onVisible(() => this.#wakeWatches());
    this.memory = new EmbeddedMemory(this.#keyspace, () => this.#checkOpen());
    this.#awaitNextDeadline();
  }

  /** Has `close()` close this before the store itself. */
  closeFirst(close: () => Promise<void>): void {
    this.#onTop.push(close);
  }

  async read({ at = this.#keyspace.visible, ranges, signal }: ReadRequest): Promise<ReadResult> {
    this.#checkOpen();
    signal?.throwIfAborted();
    this.#checkReached('revision', at);
    return await readPaged(this.#keyspace.snapshot(at), ranges, signal);
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    checkTransaction(transaction);
    this.#checkOpen();
    const { compares, writes, onSuccess = [], onFailure = [] } = transaction;
    const before = this.#keyspace.newest();
    if (!compares.every((compare) => holds(compare, before))) {
      await this.#keyspace.settled();
      return { committed: false, revision: before.revision, reads: onFailure.map((range) => before.list(range)) };
    }
    const unknownLease = unknownLeaseOf(writes, (id) => this.#keyspace.leases.has(id));
    if (unknownLease !== null) throw await this.#leaseNotFound(unknownLease);

    const updates = updatesOf(writes, before, before.revision + 1);
    const durable = updates.length === 0 ? this.#keyspace.settled() : this.#keyspace.apply({ updates });
    const after = this.#keyspace.newest();
    await durable;
    return { committed: true, revision: after.revision, reads: onSuccess.map((range) => after.list(range)) };
  }

  async watch({ range, after = this.#keyspace.visible, signal }: WatchRequest): Promise<Watch> {
    this.#checkOpen();
    this.#checkReached('after', after);
    const watch = new KeyspaceWatch({
      range,
      after,
      signal,
      since: (revision, limit) => this.#keyspace.since(revision, limit),
      onClose: (closed) => this.#watches.delete(closed),
    });
    if (signal?.aborted !== true) this.#watches.add(watch);
    return watch;
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    this.#checkOpen();
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > longestLeaseSeconds) {
      throw new RangeError(`A lease lives a whole number of seconds from 1 to ${longestLeaseSeconds}, not ${ttlSeconds}`);
    }
    const lease = { id: this.#newLeaseId(), ttlSeconds };
    await this.#keyspace.apply({ granted: lease });
    this.#awaitNextDeadline();
    return lease;
  }

  async keepLeaseAlive(leaseId: LeaseId): Promise<Lease> {
    this.#checkOpen();
    const lease = this.#keyspace.leases.get(leaseId);
    if (lease === undefined) throw await this.#leaseNotFound(leaseId);
    this.#keyspace.leases.keepAlive(lease);
    return { id: lease.id, ttlSeconds: lease.ttlSeconds };
  }

  async revokeLease(leaseId: LeaseId): Promise<void> {
    this.#checkOpen();
    const lease = this.#keyspace.leases.get(leaseId);
    if (lease === undefined) throw await this.#leaseNotFound(leaseId);
    await this.#endLease(lease);
  }

  async leaseTimeToLive(leaseId: LeaseId): Promise<number | null> {
    this.#checkOpen();
    const lease = this.#keyspace.leases.get(leaseId);
    if (lease !== undefined) return this.#keyspace.leases.secondsLeft(lease);
    await this.#keyspace.settled();
    return null;
  }

  async status(): Promise<StoreStatus> {
    const healthy = this.#closing === null && this.#keyspace.isWritable;
    return { kind: this.kind, version: null, healthy, revision: this.#keyspace.visible };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const close of this.#onTop.toReversed()) await close();
    this.#expiry.stop();
    for (const watch of this.#watches) await watch.close();
    await this.#keyspace.close();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new GatewayError('STORE_UNAVAILABLE', 'The embedded store is closed');
  }

  #checkReached(field: 'revision' | 'after', revision: Revision): void {
    const newest = this.#keyspace.visible;
    if (revision > newest) throw badUserInput(field, `Revision ${revision} is not reached yet: the newest is ${newest}`);
  }

  #wakeWatches(): void {
    for (const watch of this.#watches) watch.wake();
  }

  #newLeaseId(): LeaseId {
    for (;;) {
      const id = String(randomInt(1, 2 ** 48 - 1));
      if (!this.#keyspace.leases.has(id)) return id;
    }
  }

  /** Waits, since the end of the lease may still be on its way to the disk, and come back when it can't be written. */
  async #leaseNotFound(leaseId: LeaseId): Promise<LeaseNotFoundError> {
    await this.#keyspace.settled();
    return new LeaseNotFoundError(leaseId);
  }

  async #endLease(lease: HeldLease): Promise<void> {
    await this.#keyspace.apply({ updates: [...lease.keys].map((key) => ({ key, current: null })), ended: lease });
  }

  #endExpiredLeases(): void {
    // First: a lease that ends between the two looks at the clock is in both, and else it would be in none.
    this.#awaitNextDeadline();
    for (const lease of this.#keyspace.leases.listExpired()) {
      this.#endLease(lease).catch((error: unknown) => {
        this.#log.warn({ err: error, leaseId: lease.id }, 'An expired lease could not be ended, it is tried again');
        if (this.#closing === null) this.#expiry.fireWithin(expiryRetryMs);
      });
    }
  }

  #awaitNextDeadline(): void {
    const waitMs = this.#keyspace.leases.msUntilNextDeadline();
    if (waitMs !== null && this.#closing === null) this.#expiry.fireWithin(waitMs);
  }
}
