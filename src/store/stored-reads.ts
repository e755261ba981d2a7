import DataLoader from 'dataloader';
import { coversRange, type Range } from './range.ts';
import { RangeCache } from './range-cache.ts';
import type { KeyValue, ReadCost, Revision, Store } from './store.ts';

/** More parts of one folder than this in one wave: one read of the whole folder is cheaper for the store. */
export const wholeFolderThreshold = 1000;

export interface StoredReadsOptions {
  readonly store: Store;
  /** Null: the first read pins the newest one. */
  readonly revision: Revision | null;
  /** Whether the revision is known to exist: else the first read proves it. */
  readonly isProved: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onCost: (cost: ReadCost) => void;
}

/** Reads of a snapshot from the store itself, in waves. */
export interface StoredReads {
  readonly pinnedRevision: Revision | null;
  /** Pins the revision, and proves that it exists, where nothing did yet. */
  pin(): Promise<void>;
  list(range: Range, folder?: Range): Promise<readonly KeyValue[]>;
}

interface Wanted {
  readonly range: Range;
  readonly folder: Range | undefined;
}

/** No key lies in it: whoever wants it wants the revision alone. */
const nowhere: Range = { start: '', end: '' };

export function openStoredReads({ store, revision: chosen, isProved, signal, onCost }: StoredReadsOptions): StoredReads {
  const cache = new RangeCache();
  let pinned: Revision | null = isProved ? chosen : null;
  let pinning: Promise<unknown> | null = null;

  const ranges = new DataLoader<Wanted, readonly KeyValue[], string>(readWave, {
    cacheKeyFn: ({ range }) => `${range.start}\0${range.end ?? ''}`,
  });

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
    const revision = pinned ?? chosen;
    const result = await store.read({
      ranges: missing,
      ...(revision === null ? {} : { at: revision }),
      ...(signal === undefined ? {} : { signal }),
    });
    pinned = result.revision;
    onCost(result.cost);
    cache.add(
      missing,
      result.results.map(({ entries }) => entries),
    );
  }

  return {
    get pinnedRevision() {
      return pinned;
    },
    async pin() {
      // It comes with whatever else this wave reads; a read of nothing tells it too.
      if (pinned === null) await ranges.load({ range: nowhere, folder: undefined });
    },
    list: (range, folder) => ranges.load({ range, folder }),
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
