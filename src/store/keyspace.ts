import { createRequire } from 'node:module';
import { badUserInput, GatewayError } from '../errors.ts';
import type { Key, Range } from './range.ts';
import type { Change, KeyValue, Revision, WatchBatch } from './store.ts';

/** How much of the past stays readable. What exceeds either limit is forgotten, oldest revision first. */
export interface HistoryLimits {
  readonly revisions: number;
  /** Of the keys and values that only the history still holds, with what the tree copies for each change. */
  readonly bytes: number;
}

export const defaultHistory: HistoryLimits = { revisions: 10_000, bytes: 256 * 1024 * 1024 };

/** What a change at a random key costs beside its bytes: the path of nodes copied from leaf to root (measured at 300,000 keys). */
export const changeOverheadBytes = 2_500;

/** Puts carry whole entries, so that a replica can keep the revisions and versions that its origin counted. */
export type Update = { readonly key: Key; readonly current: KeyValue | null };

/** The keyspace at one revision. It never changes, and stays readable for as long as somebody holds it. */
export interface KeyspaceView {
  readonly revision: Revision;
  get(key: Key): KeyValue | null;
  /** Entries of a range in key order, at most `limit`. */
  list(range: Range, limit?: number): KeyValue[];
  /** Whether `test` holds for every entry of the range; true for an empty one. */
  every(range: Range, test: (entry: KeyValue) => boolean): boolean;
}

export interface KeyspaceOptions {
  /** The revision of `entries`, below which nothing is known. */
  readonly revision: Revision;
  readonly entries?: Iterable<KeyValue>;
  readonly history?: HistoryLimits;
}

/** What one revision made of the keyspace, and how. */
interface Version {
  readonly batch: WatchBatch;
  readonly tree: Tree;
  readonly bytes: number;
}

type Tree = import('sorted-btree').default<Key, KeyValue>;
// Required, not imported: it is CommonJS, whose default export Node and bundlers hand over differently.
const require = createRequire(import.meta.url);
const { default: BTree }: typeof import('sorted-btree') = require('sorted-btree');
const { bulkLoad }: typeof import('sorted-btree/extended/bulkLoad.js') = require('sorted-btree/extended/bulkLoad.js');
const nodeSize = 32;

/**
 * A versioned, ordered map in memory: the newest state, a bounded past, and every change between. It knows nothing of etcd, disk
 * or leases.
 *
 * Each revision has a tree of its own. They cost little, since `clone()` shares all nodes and a later write copies only the path to
 * the key it changes; a tree in `versions` is never written to again. `versions[0]` is the compaction revision: its tree can be
 * read, its changes are no longer told.
 */
export class Keyspace {
  readonly #history: HistoryLimits;
  #versions: Version[];
  #historyBytes = 0;
  #revision: Revision;

  constructor({ revision, entries = [], history = defaultHistory }: KeyspaceOptions) {
    const tree = treeOf([...entries]);
    this.#history = history;
    this.#revision = revision;
    this.#versions = [{ batch: { revision, changes: [] }, tree, bytes: 0 }];
  }

  /** The newest one of which all is known. */
  get revision(): Revision {
    return this.#revision;
  }

  get compactionRevision(): Revision {
    return this.#oldest.batch.revision;
  }

  /**
   * Takes over a revision above the newest and returns it as watchers see it. Each key at most once; deleting what is not there is no
   * change.
   */
  apply(revision: Revision, updates: readonly Update[]): WatchBatch {
    if (revision <= this.revision) throw new RangeError(`Revision ${revision} is not above the newest, ${this.revision}`);
    const tree = this.#newest.tree.clone();
    const changes: Change[] = [];
    let bytes = 0;
    for (const { key, current } of updates) {
      const previous = tree.get(key) ?? null;
      if (current !== null) tree.set(key, current);
      else if (previous !== null) tree.delete(key);
      else continue;
      changes.push({ key, previous, current });
      bytes += changeOverheadBytes + key.length + (previous?.value.length ?? 0);
    }
    changes.sort((left, right) => compareKeys(left.key, right.key));
    const batch = { revision, changes };
    this.#versions.push({ batch, tree, bytes });
    this.#historyBytes += bytes;
    this.#revision = revision;
    return batch;
  }

  /** For a replica: nothing that it holds was changed up to this revision. */
  advance(revision: Revision): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Forgets the oldest revisions for as long as the history exceeds its limits, but none at or above `kept`. */
  trim(kept: Revision = this.revision): void {
    while (this.#isOverLimit()) {
      const next = this.#versions[1];
      if (next === undefined || next.batch.revision > kept) return;
      // Its tree can still be read; its changes lead from a revision that is gone, and are told to nobody any more.
      this.#versions[1] = { ...next, batch: { revision: next.batch.revision, changes: [] }, bytes: 0 };
      this.#versions.shift();
      this.#historyBytes -= next.bytes;
    }
  }

  /** Forgets everything above a revision that is still kept, for a writer whose newest changes could not be made durable. */
  rollback(revision: Revision): void {
    const kept = this.#versions.filter((version) => version.batch.revision <= revision);
    if (kept.length === 0) throw new RangeError(`Revision ${revision} is no longer kept`);
    this.#versions = kept;
    this.#revision = revision;
    this.#historyBytes = kept.slice(1).reduce((sum, version) => sum + version.bytes, 0);
  }

  /** Fails with REVISION_COMPACTED below the compaction revision, with BAD_USER_INPUT above the newest. */
  snapshot(revision: Revision = this.revision): KeyspaceView {
    if (revision > this.revision) {
      throw badUserInput('revision', `Revision ${revision} is not reached yet: the newest is ${this.revision}`);
    }
    const version = this.#versions[this.#indexAbove(revision) - 1];
    if (version === undefined) throw compacted(revision, this.compactionRevision);
    return new TreeView(revision, version.tree);
  }

  /** The batches behind a revision, oldest first, at most `limit`. Fails with REVISION_COMPACTED below the compaction revision. */
  since(revision: Revision, limit = Number.POSITIVE_INFINITY): readonly WatchBatch[] {
    const first = this.#indexAbove(revision);
    if (first === 0) throw compacted(revision, this.compactionRevision);
    return this.#versions.slice(first, first + limit).map((version) => version.batch);
  }

  get #oldest(): Version {
    return required(this.#versions[0]);
  }

  get #newest(): Version {
    return required(this.#versions.at(-1));
  }

  /** The index of the first version above a revision. */
  #indexAbove(revision: Revision): number {
    let low = 0;
    let high = this.#versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (required(this.#versions[middle]).batch.revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isOverLimit(): boolean {
    return this.#versions.length - 1 > this.#history.revisions || this.#historyBytes > this.#history.bytes;
  }
}

class TreeView implements KeyspaceView {
  readonly revision: Revision;
  readonly #tree: Tree;

  constructor(revision: Revision, tree: Tree) {
    this.revision = revision;
    this.#tree = tree;
  }

  get(key: Key): KeyValue | null {
    return this.#tree.get(key) ?? null;
  }

  list(range: Range, limit = Number.POSITIVE_INFINITY): KeyValue[] {
    const entries: KeyValue[] = [];
    if (limit < 1) return entries;
    this.every(range, (entry) => entries.push(entry) < limit);
    return entries;
  }

  every(range: Range, test: (entry: KeyValue) => boolean): boolean {
    const { start, end } = range;
    if (end === undefined) {
      const entry = this.#tree.get(start);
      return entry === undefined || test(entry);
    }
    let held = true;
    this.#tree.forRange(start, end, false, (_key, entry) => {
      held = test(entry);
      return held ? undefined : { break: true };
    });
    return held;
  }
}

/** Entries mostly come in order: then it is made in a fraction of the time. */
function treeOf(entries: KeyValue[]): Tree {
  const keys = entries.map(({ key }) => key);
  if (keys.every((key, index) => index === 0 || compareKeys(keys[index - 1] ?? '', key) < 0)) {
    return bulkLoad<Key, KeyValue>(keys, entries, nodeSize, compareKeys);
  }
  const tree: Tree = new BTree<Key, KeyValue>(undefined, compareKeys, nodeSize);
  for (const entry of entries) tree.set(entry.key, entry);
  return tree;
}

/** JavaScript compares strings by code unit, and a key has one code unit a byte. */
function compareKeys(left: Key, right: Key): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function compacted(revision: Revision, oldestRevision: Revision): GatewayError {
  const message = `Revision ${revision} is no longer kept: the oldest is ${oldestRevision}`;
  return new GatewayError('REVISION_COMPACTED', message, { details: { oldestRevision } });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A keyspace always has a version');
  return value;
}
