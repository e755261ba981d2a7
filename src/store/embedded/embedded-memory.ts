import { hasErrorCode } from '../../errors.ts';
import { noCost } from '../cost.ts';
import type { KeyspaceView } from '../keyspace.ts';
import type { Memory, MemoryListener } from '../memory.ts';
import type { ReadCost, Revision, WatchBatch } from '../store.ts';
import type { DurableKeyspace } from './durable-keyspace.ts';

/** An embedded store as its own memory: what may be shown is fresh, since nobody else writes. */
export class EmbeddedMemory implements Memory {
  readonly freshenCost: ReadCost = noCost;
  readonly #keyspace: DurableKeyspace;
  readonly #checkOpen: () => void;

  constructor(keyspace: DurableKeyspace, checkOpen: () => void) {
    this.#keyspace = keyspace;
    this.#checkOpen = checkOpen;
  }

  newest(): KeyspaceView {
    return this.#keyspace.snapshot(this.#keyspace.visible);
  }

  async freshen(signal?: AbortSignal): Promise<boolean> {
    this.#checkOpen();
    signal?.throwIfAborted();
    return true;
  }

  async reach(revision: Revision): Promise<boolean> {
    return revision <= this.#keyspace.visible;
  }

  at(revision: Revision): KeyspaceView | null {
    if (revision > this.#keyspace.visible) return null;
    return unlessCompacted(() => this.#keyspace.snapshot(revision));
  }

  since(revision: Revision, limit: number): readonly WatchBatch[] | null {
    return unlessCompacted(() => this.#keyspace.since(revision, limit));
  }

  onChange(listener: MemoryListener): () => void {
    return this.#keyspace.onVisible(listener);
  }
}

export function unlessCompacted<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (hasErrorCode(error, 'REVISION_COMPACTED')) return null;
    throw error;
  }
}
