import type { Logger } from '../../log.ts';
import { Keyspace, type KeyspaceOptions, type KeyspaceView, type Update } from '../keyspace.ts';
import type { MemoryListener } from '../memory.ts';
import type { KeyValue, Lease, Revision, WatchBatch } from '../store.ts';
import { FlushQueue } from './flush-queue.ts';
import type { Journal } from './journal.ts';
import { type HeldLease, LeaseBook } from './lease-book.ts';

export interface DurableKeyspaceOptions extends KeyspaceOptions {
  readonly entries?: readonly KeyValue[];
  /** The leases that lived when the journal was last closed; each begins anew. */
  readonly leases?: readonly Lease[];
  readonly journal: Journal;
  readonly log: Logger;
}

/** One atomic step: updates of keys, and at most one lease that begins or ends. */
export interface Step {
  readonly updates?: readonly Update[];
  readonly granted?: Lease;
  readonly ended?: HeldLease;
}

/**
 * A Keyspace and its leases, with a journal that makes each step durable.
 *
 * Two revisions matter. The newest applied one is what the next commit is decided on: at once and alone, since JavaScript runs one
 * piece at a time. `visible` is the newest durable one: nothing above it may be shown to anybody.
 */
export class DurableKeyspace {
  readonly leases = new LeaseBook(() => performance.now());
  readonly #keyspace: Keyspace;
  readonly #queue: FlushQueue;
  readonly #listeners = new Set<MemoryListener>();
  #visible: Revision;

  constructor({ journal, log, leases = [], ...loaded }: DurableKeyspaceOptions) {
    this.#keyspace = new Keyspace(loaded);
    this.#visible = this.#keyspace.revision;
    this.#queue = new FlushQueue({ journal, log, onDurable: ({ revision }) => this.#show(revision) });
    for (const lease of leases) this.leases.add(lease);
    this.leases.follow((loaded.entries ?? []).map((current) => ({ key: current.key, previous: null, current })));
  }

  get visible(): Revision {
    return this.#visible;
  }

  get isWritable(): boolean {
    return this.#queue.isWritable;
  }

  /** Calls the listener with each batch in the moment in which it becomes visible. Returns what ends it. */
  onVisible(listener: MemoryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest applied state, for decisions. */
  newest(): KeyspaceView {
    return this.#keyspace.snapshot();
  }

  /** The state at a revision that is not above `visible`. */
  snapshot(revision: Revision): KeyspaceView {
    return this.#keyspace.snapshot(revision);
  }

  /** Durable batches only. */
  since(revision: Revision, limit: number): readonly WatchBatch[] {
    return this.#keyspace.since(revision, limit).filter((batch) => batch.revision <= this.#visible);
  }

  /** Applies a step at once; resolves when it is durable. Steps that can't be written are undone and fail. */
  apply({ updates = [], granted, ended }: Step): Promise<void> {
    this.#queue.checkRoom();
    const before = this.#keyspace.revision;
    const batch = updates.length === 0 ? null : this.#keyspace.apply(before + 1, updates);
    if (granted !== undefined) this.leases.add(granted);
    this.leases.follow(batch?.changes ?? []);
    if (ended !== undefined) this.leases.remove(ended.id);

    const leases = [
      ...(granted === undefined ? [] : [granted]),
      ...(ended === undefined ? [] : [{ id: ended.id, ttlSeconds: null }]),
    ];
    const undo = () => {
      if (ended !== undefined) this.leases.restore(ended);
      this.leases.unfollow(batch?.changes ?? []);
      if (granted !== undefined) this.leases.remove(granted.id);
      this.#keyspace.rollback(before);
    };
    return this.#queue.add({ revision: this.#keyspace.revision, updates, leases }, undo);
  }

  /** Resolves when all that was applied is durable: an answer that was decided on it may go out then. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  /** Makes durable what was applied, then closes the journal. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  #show(revision: Revision): void {
    if (revision === this.#visible) return;
    // Each batch is one revision.
    const batches = this.#keyspace.since(this.#visible, revision - this.#visible);
    this.#visible = revision;
    this.#keyspace.trim(revision);
    for (const batch of batches) for (const tell of this.#listeners) tell(batch);
  }
}
