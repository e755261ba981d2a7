import DataLoader from 'dataloader';
import { badUserInput } from '../errors.ts';
import { coversRange, type Key, keyRange, type Range } from './range.ts';
import { RangeCache } from './range-cache.ts';
import type { KeyValue, LeaseId, ReadCost, Revision, Store } from './store.ts';

/**
 * The store as it was at one revision, for one operation. The first read pins the revision; all later ones are made at it. Reads
 * that are asked for in the same tick travel as one wave, and nothing that was read once is read again.
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
  get(key: Key): Promise<KeyValue | null>;
  /**
   * All entries of a range, in key order. `folder` is a range around it that may be read instead when a wave asks for more than
   * `wholeFolderThreshold` parts of it.
   */
  list(range: Range, folder?: Range): Promise<readonly KeyValue[]>;
  /** Seconds that a lease has left; null when it is gone, or when the snapshot is historical. */
  leaseTimeToLive(leaseId: LeaseId): Promise<number | null>;
  /** What all reads so far cost; `waves` is the number of rounds that waited for one another. */
  readonly cost: ReadCost;
}

/** More parts of one folder than this in one wave: one read of the whole folder is cheaper for the store. */
export const wholeFolderThreshold = 1000;

const leasesAtOnce = 32;

export interface SnapshotOptions {
  readonly store: Store;
  /** A revision that somebody chose. The first read proves that it exists. */
  readonly at?: Revision;
  /** The revision of a commit, which needs no proof: what it left behind is read there. Not together with `at`. */
  readonly commitRevision?: Revision;
  readonly signal?: AbortSignal;
}

interface Wanted {
  readonly range: Range;
  readonly folder: Range | undefined;
}

/** No key lies in it: whoever wants it wants the revision alone. */
const nowhere: Range = { start: '', end: '' };

export const noCost: ReadCost = { waves: 0, transactions: 0, keys: 0, bytes: 0 };

export function openSnapshot({ store, at, commitRevision, signal }: SnapshotOptions): Snapshot {
  if (at !== undefined && at < 1) throw badUserInput('revision', `Revision ${at} does not exist: the first one is 1`);
  const isHistorical = at !== undefined;
  const cache = new RangeCache();
  let pinned: Revision | null = commitRevision ?? null;
  let pinning: Promise<unknown> | null = null;
  let cost = noCost;

  const ranges = new DataLoader<Wanted, readonly KeyValue[], string>(readWave, {
    cacheKeyFn: ({ range }) => `${range.start}\0${range.end ?? ''}`,
  });
  const leases = new DataLoader<LeaseId, number | null>(readTimesToLive);

  async function readWave(wanted: readonly Wanted[]): Promise<(readonly KeyValue[])[]> {
    // A wave that comes while the first one is still pinning the revision must not pin another.
    while (pinned === null && pinning !== null) await pinning.catch(() => undefined);
    const unread = wanted.filter(({ range }) => range !== nowhere && !cache.holds(range));
    const missing = cache.missing(widen(unread));
    if (missing.length > 0 || pinned === null) {
      const reading = read(missing);
      if (pinned === null) pinning = reading;
      await reading.finally(() => {
        pinning = null;
      });
    }
    return wanted.map(({ range }) => (range === nowhere ? [] : cache.entries(range)));
  }

  async function read(missing: readonly Range[]): Promise<void> {
    const revision = pinned ?? at;
    const result = await store.read({
      ranges: missing,
      ...(revision === undefined ? {} : { at: revision }),
      ...(signal === undefined ? {} : { signal }),
    });
    pinned = result.revision;
    cost = addCosts(cost, result.cost);
    cache.add(
      missing,
      result.results.map(({ entries }) => entries),
    );
  }

  /** The store is asked for one lease at a time: some at once, so that it is not flooded. */
  async function readTimesToLive(leaseIds: readonly LeaseId[]): Promise<(number | null)[]> {
    cost = addCosts(cost, { waves: 1, transactions: leaseIds.length, keys: 0, bytes: 0 });
    const found: (number | null)[] = [];
    for (let from = 0; from < leaseIds.length; from += leasesAtOnce) {
      signal?.throwIfAborted();
      const some = leaseIds.slice(from, from + leasesAtOnce);
      found.push(...(await Promise.all(some.map((leaseId) => store.leaseTimeToLive(leaseId)))));
    }
    return found;
  }

  return {
    get pinnedRevision() {
      return pinned;
    },
    get cost() {
      return cost;
    },
    chosenRevision: at ?? null,
    isHistorical,
    async revision() {
      // It comes with whatever else this wave reads; a read of nothing tells it too.
      if (pinned === null) await ranges.load({ range: nowhere, folder: undefined });
      if (pinned === null) throw new Error('A read came back without a revision');
      return pinned;
    },
    async get(key) {
      const entries = await ranges.load({ range: keyRange(key), folder: undefined });
      return entries[0] ?? null;
    },
    list: (range, folder) => ranges.load({ range, folder }),
    leaseTimeToLive: (leaseId) => (isHistorical ? Promise.resolve(null) : leases.load(leaseId)),
  };
}

/** What to read for a wave: the ranges asked for, or the whole folder where very many parts of it are. */
function widen(wanted: readonly Wanted[]): Range[] {
  // By its bounds: callers make a folder's range anew each time.
  const parts = new Map<string, { readonly folder: Range; count: number }>();
  for (const { folder } of wanted) {
    if (folder === undefined) continue;
    const known = parts.get(folder.start);
    if (known === undefined) parts.set(folder.start, { folder, count: 1 });
    else known.count++;
  }
  const whole = [...parts.values()].filter(({ count }) => count > wholeFolderThreshold).map(({ folder }) => folder);
  if (whole.length === 0) return wanted.map(({ range }) => range);
  return [...whole, ...wanted.map(({ range }) => range).filter((range) => !whole.some((folder) => coversRange(folder, range)))];
}

export function addCosts(a: ReadCost, b: ReadCost): ReadCost {
  return {
    waves: a.waves + b.waves,
    transactions: a.transactions + b.transactions,
    keys: a.keys + b.keys,
    bytes: a.bytes + b.bytes,
  };
}
