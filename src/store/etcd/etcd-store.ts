import type { Logger } from '../../log.ts';
import type {
  CommitResult,
  Lease,
  LeaseId,
  ReadRequest,
  ReadResult,
  Store,
  StoreStatus,
  Transaction,
  Watch,
  WatchRequest,
} from '../store.ts';
import type { Cluster } from './cluster.ts';
import { commit } from './commit.ts';
import { isRefusal, storeClosed } from './errors.ts';
import { grantLease, keepLeaseAlive, leaseTimeToLive, revokeLease } from './lease.ts';
import { read } from './read.ts';
import { newestRevision } from './read-transaction.ts';
import { type EtcdWatch, openWatch } from './watch.ts';

/** The contract of a store over one etcd cluster. */
export class EtcdStore implements Store {
  readonly kind = 'etcd';
  readonly #cluster: Cluster;
  readonly #log: Logger;
  readonly #watches = new Set<EtcdWatch>();
  readonly #commits = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(cluster: Cluster, log: Logger) {
    this.#cluster = cluster;
    this.#log = log;
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    this.#checkOpen();
    return await read(this.#cluster, request);
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    this.#checkOpen();
    const committing = commit(this.#cluster, transaction);
    this.#commits.add(committing);
    try {
      return await committing;
    } finally {
      this.#commits.delete(committing);
    }
  }

  async watch(request: WatchRequest): Promise<Watch> {
    this.#checkOpen();
    const watch = await openWatch({ ...request, cluster: this.#cluster, log: this.#log });
    this.#watches.add(watch);
    void watch.ended.then(() => this.#watches.delete(watch));
    // It may have been opened while the store was being closed.
    if (this.#closing !== null) await watch.close();
    return watch;
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    this.#checkOpen();
    return await grantLease(this.#cluster, ttlSeconds);
  }

  async keepLeaseAlive(leaseId: LeaseId): Promise<Lease> {
    this.#checkOpen();
    return await keepLeaseAlive(this.#cluster, leaseId);
  }

  async revokeLease(leaseId: LeaseId): Promise<void> {
    this.#checkOpen();
    await revokeLease(this.#cluster, leaseId);
  }

  async leaseTimeToLive(leaseId: LeaseId): Promise<number | null> {
    this.#checkOpen();
    return await leaseTimeToLive(this.#cluster, leaseId);
  }

  async status(signal?: AbortSignal): Promise<StoreStatus> {
    const health = this.#closing === null ? await this.#health(signal) : { healthy: false };
    return { kind: this.kind, version: this.#cluster.version, ...health, revision: this.#cluster.newest };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #health(signal: AbortSignal | undefined): Promise<Pick<StoreStatus, 'healthy' | 'isRefusing'>> {
    return newestRevision(this.#cluster, signal).then(
      () => ({ healthy: true }),
      (error: unknown) => (isRefusal(error) ? { healthy: false, isRefusing: true } : { healthy: false }),
    );
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    // Each is answered within the request timeout; cutting it off would leave its outcome unknown.
    await Promise.allSettled(this.#commits);
    await this.#cluster.close();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw storeClosed();
  }
}
