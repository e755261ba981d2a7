import DataLoader from 'dataloader';
import { badUserInput } from '../errors.ts';
import type { Catalog, CatalogView } from './catalog/index.ts';
import { addCosts, noCost } from './cost.ts';
import type { KeyspaceView } from './keyspace.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Memory } from './memory.ts';
import { listInMemory } from './memory-read.ts';
import { type Key, keyRange, type Range } from './range.ts';
import type { KeyValue, LeaseId, ReadCost, Revision, Store } from './store.ts';
import { openStoredReads } from './stored-reads.ts';

/**
 * The store as it was at one revision, for one operation. The first read pins the revision; all later ones are made at it. Where
 * that revision is in memory, the first read waits for the proof that it is the right one, and later ones wait for nothing. Elsewhere
 * reads that are asked for in the same tick travel as one wave, and nothing that was read once is read again.
 */
export interface Snapshot {
  /** The revision that everything is read at. Pins it when nothing was read yet. */
  revision(): Promise<Revision>;
  /** The same, or null when no read has come back yet that would tell it. */
  readonly pinnedRevision: Revision | null;
  /** The one that somebody chose; null for the newest one at the first read, and for that of a commit. */
  readonly chosenRevision: Revision | null;
  /** Whether somebody chose the revision: then nothing volatile can be said, such as a lease's time to live. */
  readonly isHistorical: boolean;
  get(key: Key): MaybePromise<KeyValue | null>;
  /**
   * All entries of a range, in key order. `folder` is a range around it that may be read instead when a wave asks for more than
   * `wholeFolderThreshold` parts of it.
   */
  list(range: Range, folder?: Range): MaybePromise<readonly KeyValue[]>;
  /** The nodes of this revision, decoded and indexed; null where they are not in memory: then they are read. */
  catalog(): MaybePromise<CatalogView | null>;
  /** Seconds that a lease has left; null when it is gone, or when the snapshot is historical. */
  leaseTimeToLive(leaseId: LeaseId): Promise<number | null>;
  /** What all reads so far cost; `waves` is the number of rounds that waited for one another. */
  readonly cost: ReadCost;
}

const leasesAtOnce = 32;

export interface SnapshotOptions {
  readonly store: Store;
  /** Null or absent: all is read from the store. */
  readonly catalog?: Catalog | null;
  /** A revision that somebody chose. The first read proves that it exists. */
  readonly at?: Revision;
  /** The revision of a commit, which needs no proof: what it left behind is read there. Not together with `at`. */
  readonly commitRevision?: Revision;
  readonly signal?: AbortSignal;
}

/** One revision in memory. */
interface Pinned {
  readonly keys: KeyspaceView;
  /** Null where it is not the newest one, and while the nodes are loaded. */
  readonly nodes: CatalogView | null;
}

export function openSnapshot({ store, catalog = null, at, commitRevision, signal }: SnapshotOptions): Snapshot {
  if (at !== undefined && at < 1) throw badUserInput('revision', `Revision ${at} does not exist: the first one is 1`);
  const isHistorical = at !== undefined;
  const chosen = at ?? commitRevision ?? null;
  let cost = noCost;
  const spend = (spent: ReadCost) => {
    cost = addCosts(cost, spent);
  };
  /** Null: it is not in memory. Undefined: nobody has asked yet. */
  let pinned: Pinned | null | undefined = catalog === null ? null : undefined;
  let pinning: Promise<Pinned | null> | null = null;
  const stored = openStoredReads({ store, revision: chosen, isProved: commitRevision !== undefined, signal, onCost: spend });
  const leases = new DataLoader<LeaseId, number | null>(readTimesToLive);

  function pin(): MaybePromise<Pinned | null> {
    if (pinned !== undefined || catalog === null) return pinned ?? null;
    pinning ??= pinInMemory(catalog).finally(() => {
      pinning = null;
    });
    return pinning;
  }

  async function pinInMemory(catalog: Catalog): Promise<Pinned | null> {
    const { memory } = catalog;
    const isThere = at !== undefined || (await isInMemory(memory));
    // Nothing is awaited from here on: keys and nodes must be of the same moment.
    const newest = memory.newest();
    const keys = !isThere || newest === null ? null : chosen === null || chosen === newest.revision ? newest : memory.at(chosen);
    pinned = keys === null ? null : { keys, nodes: keys === newest ? catalog.newest() : null };
    return pinned;
  }

  function isInMemory(memory: Memory): Promise<boolean> {
    if (commitRevision !== undefined) return memory.reach(commitRevision, signal);
    spend(memory.freshenCost);
    return memory.freshen(signal);
  }

  function pinnedRevision(): Revision | null {
    return pinned?.keys.revision ?? stored.pinnedRevision;
  }

  /** The store is asked for one lease at a time: some at once, so that it is not flooded. */
  async function readTimesToLive(leaseIds: readonly LeaseId[]): Promise<(number | null)[]> {
    spend({ waves: 1, transactions: leaseIds.length, keys: 0, bytes: 0 });
    const found: (number | null)[] = [];
    for (let from = 0; from < leaseIds.length; from += leasesAtOnce) {
      signal?.throwIfAborted();
      const some = leaseIds.slice(from, from + leasesAtOnce);
      found.push(...(await Promise.all(some.map((leaseId) => store.leaseTimeToLive(leaseId)))));
    }
    return found;
  }

  async function get(key: Key): Promise<KeyValue | null> {
    const [entry] = await stored.list(keyRange(key));
    return entry ?? null;
  }

  return {
    get pinnedRevision() {
      return pinnedRevision();
    },
    get cost() {
      return cost;
    },
    chosenRevision: at ?? null,
    isHistorical,
    async revision() {
      if ((await pin()) === null) await stored.pin();
      const revision = pinnedRevision();
      if (revision === null) throw new Error('A read came back without a revision');
      return revision;
    },
    get: (key) => after(pin(), (view) => (view === null ? get(key) : view.keys.get(key))),
    list: (range, folder) =>
      after(pin(), (view) => (view === null ? stored.list(range, folder) : listInMemory(view.keys, range, signal))),
    catalog: () => after(pin(), (view) => view?.nodes ?? null),
    leaseTimeToLive: (leaseId) => (isHistorical ? Promise.resolve(null) : leases.load(leaseId)),
  };
}

/** At once where the value is there. */
function after<T, R>(value: MaybePromise<T>, use: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
