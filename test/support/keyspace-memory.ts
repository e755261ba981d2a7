import { noCost } from '../../src/store/cost.ts';
import { type HistoryLimits, Keyspace, type KeyspaceView } from '../../src/store/keyspace.ts';
import type { Memory, MemoryListener } from '../../src/store/memory.ts';
import { type Key, keyFromText } from '../../src/store/range.ts';
import type { KeyValue, Revision, WatchBatch } from '../../src/store/store.ts';

/** Values by key, both as texts; null removes. */
export type Texts = Readonly<Record<string, string | null>>;

/** A memory that a test moves itself, as a replica is moved by what its store tells. It holds nothing until it is loaded. */
export class KeyspaceMemory implements Memory {
  readonly freshenCost = noCost;
  readonly #history: HistoryLimits | undefined;
  readonly #listeners = new Set<MemoryListener>();
  #keyspace: Keyspace | null = null;

  constructor(history?: HistoryLimits) {
    this.#history = history;
  }

  /** All is loaded anew, as it is at this revision. */
  load(revision: Revision, texts: Texts): void {
    const entries = Object.entries(texts).flatMap(([key, text]) => currentOf(keyFromText(key), text, revision) ?? []);
    const history = this.#history === undefined ? {} : { history: this.#history };
    this.#keyspace = new Keyspace({ revision, entries, ...history });
    this.#tell(null);
  }

  /** The store can't be followed any more. */
  lose(): void {
    this.#keyspace = null;
    this.#tell(null);
  }

  commit(texts: Texts): void {
    const keyspace = this.#loaded();
    const revision = keyspace.revision + 1;
    const updates = Object.entries(texts).map(([text, value]) => {
      const key = keyFromText(text);
      return { key, current: currentOf(key, value, revision) };
    });
    const batch = keyspace.apply(revision, updates);
    keyspace.trim();
    this.#tell(batch);
  }

  /** The store's revision moves on by what lies elsewhere. */
  advance(revision: Revision): void {
    this.#loaded().advance(revision);
  }

  newest(): KeyspaceView | null {
    return this.#keyspace?.snapshot() ?? null;
  }

  async freshen(): Promise<boolean> {
    return this.#keyspace !== null;
  }

  async reach(revision: Revision): Promise<boolean> {
    return this.#keyspace !== null && revision <= this.#keyspace.revision;
  }

  at(revision: Revision): KeyspaceView | null {
    return this.#keeps(revision) ? this.#loaded().snapshot(revision) : null;
  }

  since(revision: Revision, limit: number): readonly WatchBatch[] | null {
    return this.#keeps(revision) ? this.#loaded().since(revision, limit) : null;
  }

  onChange(listener: MemoryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keeps(revision: Revision): boolean {
    const keyspace = this.#keyspace;
    return keyspace !== null && revision >= keyspace.compactionRevision && revision <= keyspace.revision;
  }

  #loaded(): Keyspace {
    if (this.#keyspace === null) throw new Error('Nothing is loaded');
    return this.#keyspace;
  }

  #tell(batch: WatchBatch | null): void {
    for (const listener of this.#listeners) listener(batch);
  }
}

function currentOf(key: Key, text: string | null, revision: Revision): KeyValue | null {
  if (text === null) return null;
  return { key, value: Buffer.from(text), createRevision: revision, modRevision: revision, version: 1, leaseId: null };
}
