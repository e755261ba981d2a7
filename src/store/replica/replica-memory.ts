import type { Logger } from '../../log.ts';
import { type ReplicaObserver, silentObserver } from '../../observer.ts';
import type { Follower } from '../follow.ts';
import { type HistoryLimits, Keyspace, type KeyspaceView } from '../keyspace.ts';
import type { Memory, MemoryListener } from '../memory.ts';
import type { KeyValue, ReadCost, Revision, WatchBatch } from '../store.ts';
import { compactEntries } from './compact-entries.ts';
import type { ReplicaCounts } from './replica-counts.ts';
import { type Lag, ReplicaLag } from './replica-lag.ts';
import { RevisionWaiters } from './revision-waiters.ts';
import { SharedProbe } from './shared-probe.ts';

export interface ReplicaMemoryOptions {
  readonly log: Logger;
  readonly history: HistoryLimits;
  /** How long a read waits for the watch to come to the store's newest revision. */
  readonly readTimeoutMs: number;
  /** Reads the store's newest revision, linearizably. */
  readonly probe: () => Promise<Revision>;
  /** Has the watch say how far it is, by a batch without changes. */
  readonly requestProgress: () => void;
  /** Whether such words of the store can be trusted; else it sends none. */
  readonly tellsProgress: () => boolean;
  /** Default: nobody is told. */
  readonly observer?: ReplicaObserver;
}

/** A change that is on its way is here by then, mostly: only then the store is asked how far the watch is. */
const firstAskMs = 2;
const askEveryMs = 25;
/** Where the store tells no progress, what the watch has not brought by then was no change of ours, mostly. */
const eventGraceMs = 20;

/**
 * All keys under a prefix, as one watch keeps them current, and the proof that they are fresh: ask the store for its newest revision,
 * then wait until the watch has come that far.
 */
export class ReplicaMemory implements Memory, Follower {
  readonly freshenCost: ReadCost = { waves: 1, transactions: 1, keys: 0, bytes: 0 };
  readonly #options: ReplicaMemoryOptions;
  readonly #probe: SharedProbe;
  readonly #waiters = new RevisionWaiters();
  readonly #listeners = new Set<MemoryListener>();
  readonly #lag = new ReplicaLag(() => performance.now());
  readonly #observer: ReplicaObserver;
  #keyspace: Keyspace | null = null;
  /** Somebody waited for this revision in vain: until it is reached nobody else does. */
  #lateFor: Revision = 0;
  #asking: NodeJS.Timeout | null = null;
  #loads = 0;
  #waits = 0;
  #fallbacks = 0;

  constructor(options: ReplicaMemoryOptions) {
    this.#options = options;
    this.#observer = options.observer ?? silentObserver.replica;
    this.#probe = new SharedProbe(options.probe);
  }

  get counts(): ReplicaCounts {
    return { loads: this.#loads, probes: this.#probe.count, waits: this.#waits, fallbacks: this.#fallbacks };
  }

  /** The newest revision of which all is known; 0 while nothing is loaded. */
  get revision(): Revision {
    return this.#keyspace?.revision ?? 0;
  }

  newest(): KeyspaceView | null {
    return this.#keyspace?.snapshot() ?? null;
  }

  async freshen(signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.#keyspace === null) return this.#fallBack();
    const end = this.#observer.beginProof();
    try {
      const revision = await unlessAborted(this.#probe.newest(), signal);
      return await this.reach(revision, signal);
    } finally {
      end();
    }
  }

  /** How far it is behind the store, as far as anybody has asked; null where that can't be known. */
  get lag(): Lag | null {
    return this.#options.tellsProgress() ? this.#lag.behind(this.revision) : null;
  }

  /** Asks the store for its newest revision, so that `lag` is of now. It gives no read up. Fails as `freshen` does. */
  async look(signal?: AbortSignal): Promise<void> {
    const revision = await unlessAborted(this.#probe.newest(), signal);
    if (this.#keyspace === null || revision <= this.revision) return;
    this.#lag.prove(revision);
    this.#askSoon();
    await this.#waiters.wait(revision, { timeoutMs: this.#options.readTimeoutMs, signal });
  }

  async reach(revision: Revision, signal?: AbortSignal): Promise<boolean> {
    if (this.#keyspace === null) return this.#fallBack();
    if (revision <= this.revision) return true;
    this.#lag.prove(revision);
    this.#askSoon();
    if (this.#lateFor > this.revision) return this.#fallBack();
    this.#waits++;
    const { tellsProgress, readTimeoutMs } = this.#options;
    const timeoutMs = tellsProgress() ? readTimeoutMs : Math.min(readTimeoutMs, eventGraceMs);
    const startedAt = performance.now();
    await this.#waiters.wait(revision, { timeoutMs, signal });
    this.#observer.waited((performance.now() - startedAt) / 1000);
    signal?.throwIfAborted();
    if (revision <= this.revision) return true;
    this.#beLate(revision);
    return this.#fallBack();
  }

  at(revision: Revision): KeyspaceView | null {
    const keyspace = this.#keyspace;
    return keyspace !== null && isKept(keyspace, revision) ? keyspace.snapshot(revision) : null;
  }

  since(revision: Revision, limit: number): readonly WatchBatch[] | null {
    const keyspace = this.#keyspace;
    return keyspace !== null && isKept(keyspace, revision) ? keyspace.since(revision, limit) : null;
  }

  onChange(listener: MemoryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Has the watch say soon how far it is. */
  askProgress(): void {
    this.#options.requestProgress();
  }

  reset(entries: readonly KeyValue[], revision: Revision): void {
    this.#keyspace = new Keyspace({ revision, entries: compactEntries(entries), history: this.#options.history });
    this.#loads++;
    this.#options.log.info({ revision, keys: entries.length, loads: this.#loads }, 'the replica is loaded');
    this.#lateFor = 0;
    this.#lag.reach(revision);
    this.#tell(null);
    this.#waiters.reach(revision);
  }

  apply(batch: WatchBatch): void {
    const keyspace = this.#keyspace;
    if (keyspace === null) throw new Error('A change came before what it changes');
    if (batch.changes.length === 0) keyspace.advance(batch.revision);
    else this.#tell(keyspace.apply(batch.revision, batch.changes));
    keyspace.trim();
    if (this.#lateFor > 0 && this.#lateFor <= batch.revision) this.#catchUp();
    this.#lag.reach(batch.revision);
    this.#waiters.reach(batch.revision);
  }

  lose(): void {
    this.#keyspace = null;
    this.#lag.lose();
    this.#tell(null);
    this.#waiters.release();
  }

  #tell(batch: WatchBatch | null): void {
    for (const listener of this.#listeners) listener(batch);
  }

  #catchUp(): void {
    if (this.#options.tellsProgress()) this.#options.log.info({ ...this.counts }, 'the replica has caught up with etcd');
    this.#lateFor = 0;
  }

  /** Said once for as long as it lasts. */
  #beLate(revision: Revision): void {
    const { log, tellsProgress } = this.#options;
    // Where no progress is told, that is how it is: the log has said so at the start.
    if (this.#lateFor === 0 && tellsProgress()) {
      log.warn(
        { revision, replica: this.revision, ...this.counts },
        'the replica is behind etcd: queries read etcd itself until it has caught up',
      );
    }
    this.#lateFor = Math.max(this.#lateFor, revision);
  }

  #fallBack(): false {
    this.#fallbacks++;
    return false;
  }

  /** Asks again and again for as long as somebody waits. */
  #askSoon(delayMs: number = firstAskMs): void {
    this.#asking ??= setTimeout(() => {
      this.#asking = null;
      this.askProgress();
      if (this.#waiters.size > 0) this.#askSoon(askEveryMs);
    }, delayMs).unref();
  }
}

function isKept(keyspace: Keyspace, revision: Revision): boolean {
  return revision >= keyspace.compactionRevision && revision <= keyspace.revision;
}

/** Others wait for it too: when the signal aborts, only this wait ends. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
