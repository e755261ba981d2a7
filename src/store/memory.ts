import type { KeyspaceView } from './keyspace.ts';
import type { ReadCost, Revision, Store, WatchBatch } from './store.ts';

/** The keys of a store, or all under a prefix, held in this process: what lies in it is read without asking anybody. */
export interface Memory {
  /** What a proof of freshness costs the store. */
  readonly freshenCost: ReadCost;
  /** The newest state that may be shown; null while nothing is loaded. Whether it is fresh is what `freshen` says. */
  newest(): KeyspaceView | null;
  /**
   * True when `newest()` holds every commit that was acknowledged before the call: then it is as good as a linearizable read. False
   * when that can't be said in time: the store itself is to be read. Fails with STORE_UNAVAILABLE when the store does not answer, with
   * the signal's reason when it aborts.
   */
  freshen(signal?: AbortSignal): Promise<boolean>;
  /** Waits until the memory has come to this revision, which exists. False when that takes too long. */
  reach(revision: Revision, signal?: AbortSignal): Promise<boolean>;
  /** The state at a revision that is still kept; null when it is not, or not reached yet. */
  at(revision: Revision): KeyspaceView | null;
  /** What happened behind a revision that is still kept, oldest first, at most `limit`; null when it is not kept. */
  since(revision: Revision, limit: number): readonly WatchBatch[] | null;
  /**
   * Called in the moment in which `newest()` changes: with what one commit did, or with null where all was loaded anew. A revision
   * that moves on without a change is not told. Returns what ends it.
   */
  onChange(listener: MemoryListener): () => void;
}

/** A store whose keys, or some of them, are held in this process. */
export interface MemoryHolder extends Store {
  readonly memory: Memory;
}

export type MemoryListener = (batch: WatchBatch | null) => void;
