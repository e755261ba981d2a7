import { GatewayError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { ReplicaObserver } from '../../observer.ts';
import { FollowedRange } from '../follow.ts';
import type { HistoryLimits } from '../keyspace.ts';
import { KeyspaceWatch } from '../keyspace-watch.ts';
import type { MemoryHolder } from '../memory.ts';
import { readPaged } from '../paged-read.ts';
import { coversRange, type Key, keyRange, type Range } from '../range.ts';
import type {
  CommitResult,
  Lease,
  LeaseId,
  ReadRequest,
  ReadResult,
  Revision,
  Store,
  StoreStatus,
  Transaction,
  Watch,
  WatchBatch,
  WatchRequest,
} from '../store.ts';
import { ReplicaMemory } from './replica-memory.ts';
import { ReplicaWatch } from './replica-watch.ts';

export interface ReplicaOptions {
  /** Closed with the replica. */
  readonly origin: Store;
  /** What is held in memory. */
  readonly range: Range;
  /** Nothing lies here: reading it proves the newest revision at the least cost. */
  readonly probe: Key;
  readonly log: Logger;
  readonly readTimeoutMs: number;
  /** Whether this version of the store tells true progress. */
  readonly isProgressTrue: (version: string | null) => boolean;
  readonly history?: HistoryLimits;
  /** Default: nobody is told. */
  readonly observer?: ReplicaObserver;
}

/** Half an hour at five commits a second; what it costs at most is small beside a large cluster. */
const replicaHistory: HistoryLimits = { revisions: 10_000, bytes: 64 * 1024 * 1024 };

/**
 * The contract of a store over another one, of which a part is held in memory and kept current by one watch. Reads and watches of
 * that part are served from memory where it is proved fresh, all else by the other store.
 */
export class ReplicaStore implements MemoryHolder {
  readonly kind;
  readonly memory: ReplicaMemory;
  readonly #options: ReplicaOptions;
  readonly #following: FollowedRange;
  readonly #watches = new Set<ReplicaWatch>();
  #tellsProgress: boolean = true;
  #isClosed: boolean = false;

  constructor(options: ReplicaOptions) {
    const { origin, range, probe, log, readTimeoutMs, history = replicaHistory, observer } = options;
    this.#options = options;
    this.kind = origin.kind;
    this.memory = new ReplicaMemory({
      log,
      history,
      readTimeoutMs,
      probe: async () => (await origin.read({ ranges: [keyRange(probe)] })).revision,
      requestProgress: () => this.#following.requestProgress(),
      tellsProgress: () => this.#tellsProgress,
      ...(observer === undefined ? {} : { observer }),
    });
    this.#following = new FollowedRange({ store: origin, range, log, follower: this.memory });
    this.memory.onChange((batch) => this.#wake(batch));
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const { at, ranges, signal } = request;
    this.#checkOpen();
    signal?.throwIfAborted();
    if (!ranges.every((range) => coversRange(this.#options.range, range))) return this.#options.origin.read(request);
    const isThere = at !== undefined || (await this.memory.freshen(signal));
    const view = !isThere ? null : at === undefined ? this.memory.newest() : this.memory.at(at);
    return view === null ? this.#options.origin.read(request) : readPaged(view, ranges, signal);
  }

  commit(transaction: Transaction): Promise<CommitResult> {
    return this.#options.origin.commit(transaction);
  }

  async watch(request: WatchRequest): Promise<Watch> {
    const { range, signal } = request;
    this.#checkOpen();
    const after = coversRange(this.#options.range, range) ? await this.#beginning(request) : null;
    if (after === null || signal?.aborted === true || this.#isClosed) return this.#options.origin.watch(request);
    const fromMemory = new KeyspaceWatch({
      range,
      after,
      signal,
      since: (revision, limit) => this.#since(revision, limit),
      reached: () => this.memory.revision,
      onClose: () => undefined,
    });
    const { origin } = this.#options;
    const askProgress = () => this.memory.askProgress();
    const onClose = (closed: ReplicaWatch) => void this.#watches.delete(closed);
    const watch = new ReplicaWatch({ request, origin, fromMemory, askProgress, onClose });
    this.#watches.add(watch);
    return watch;
  }

  grantLease(ttlSeconds: number): Promise<Lease> {
    return this.#options.origin.grantLease(ttlSeconds);
  }

  keepLeaseAlive(leaseId: LeaseId): Promise<Lease> {
    return this.#options.origin.keepLeaseAlive(leaseId);
  }

  revokeLease(leaseId: LeaseId): Promise<void> {
    return this.#options.origin.revokeLease(leaseId);
  }

  leaseTimeToLive(leaseId: LeaseId): Promise<number | null> {
    return this.#options.origin.leaseTimeToLive(leaseId);
  }

  status(signal?: AbortSignal): Promise<StoreStatus> {
    return this.#options.origin.status(signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    await Promise.all([this.#following.close(), this.#options.origin.close()]);
  }

  /** Behind which revision a watch of the window can begin; null when it can't. */
  async #beginning({ after, signal }: WatchRequest): Promise<Revision | null> {
    if (signal?.aborted === true) return null;
    if (after === undefined) return (await this.memory.freshen(signal)) ? this.memory.revision : null;
    // It may be a revision that the store has told already, and the watch not yet.
    if (after > this.memory.revision) await this.memory.reach(after, signal);
    return this.memory.since(after, 0) === null ? null : after;
  }

  #since(revision: Revision, limit: number): readonly WatchBatch[] {
    const batches = this.memory.since(revision, limit);
    if (batches === null) throw new GatewayError('REVISION_COMPACTED', `Revision ${revision} is not in memory any more`);
    return batches;
  }

  #wake(batch: WatchBatch | null): void {
    if (batch === null) void this.#learnVersion();
    for (const watch of this.#watches) watch.wake();
  }

  /** The version of the member that was asked last; another one may be older, and then reads of it come from the store itself. */
  async #learnVersion(): Promise<void> {
    const { version } = await this.#options.origin.status();
    const tellsProgress = this.#options.isProgressTrue(version);
    if (this.#tellsProgress && !tellsProgress) {
      const hint = 'etcd 3.4.25, 3.5.8 and newer ones tell it truly';
      this.#options.log.warn(
        { version },
        `etcd tells no true progress: after writes outside the prefix reads go to etcd; ${hint}`,
      );
    }
    this.#tellsProgress = tellsProgress;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new GatewayError('STORE_UNAVAILABLE', 'The store is closed');
  }
}
