import { type Key, prefixRange, type Range } from '../../../src/store/range.ts';
import type { Compare, KeyValue, LeaseId, Revision, Store, Transaction, Write } from '../../../src/store/store.ts';

/** What a suite gets from whoever opens a store for it. */
export interface OpenedStore {
  readonly store: Store;
  /** All keys of the suite begin with it, and nothing lies there yet. */
  readonly prefix: Key;
  /** Whether nobody else writes to this store, so that its revisions follow one another without a gap. */
  readonly alone: boolean;
  /** Whether its watches answer `requestProgress`. */
  readonly tellsProgress: boolean;
  /** Makes `revision`, at or below the newest, the compaction revision. It may commit keys outside `prefix` to do so. */
  compact(revision: Revision): Promise<void>;
  close(): Promise<void>;
}

/** A fresh corner of the keyspace for one test, and short words for what the tests do in it. */
export interface Space {
  readonly store: Store;
  readonly alone: boolean;
  readonly tellsProgress: boolean;
  readonly all: Range;
  key(name: string): Key;
  /** `key` undone, so that expectations can be written with short names. */
  name(key: Key): string;
  range(start: string, end: string): Range;
  put(name: string, value: string | Buffer, leaseId?: LeaseId): Promise<Revision>;
  remove(name: string): Promise<Revision>;
  /** A transaction that must succeed. */
  write(...writes: readonly Write[]): Promise<Revision>;
  putOf(name: string, value: string | Buffer, leaseId?: LeaseId): Write;
  get(name: string, at?: Revision): Promise<KeyValue | null>;
  /** Names and values, as text, of the whole space. */
  texts(at?: Revision): Promise<Record<string, string>>;
  compact(revision: Revision): Promise<void>;
}

let spaces = 0;

export function openSpace(opened: OpenedStore): Space {
  const { store, alone, tellsProgress } = opened;
  spaces += 1;
  const root = `${opened.prefix}${spaces}/`;
  const key = (name: string): Key => root + name;
  const name = (full: Key): string => full.slice(root.length);
  const putOf = (short: string, value: string | Buffer, leaseId?: LeaseId): Write => ({
    type: 'put',
    key: key(short),
    value: Buffer.from(value),
    ...(leaseId === undefined ? {} : { leaseId }),
  });
  const write = async (...writes: readonly Write[]): Promise<Revision> => {
    const result = await store.commit({ compares: [], writes });
    if (!result.committed) throw new Error('A transaction without compares was not committed');
    return result.revision;
  };
  const at = (revision?: Revision) => (revision === undefined ? {} : { at: revision });
  return {
    store,
    alone,
    tellsProgress,
    all: prefixRange(root),
    key,
    name,
    range: (start, end) => ({ start: key(start), end: key(end) }),
    put: (short, value, leaseId) => write(putOf(short, value, leaseId)),
    remove: (short) => write({ type: 'delete', range: { start: key(short) } }),
    write,
    putOf,
    get: async (short, revision) => {
      const { results } = await store.read({ ...at(revision), ranges: [{ start: key(short) }] });
      return results[0]?.entries[0] ?? null;
    },
    texts: async (revision) => {
      const { results } = await store.read({ ...at(revision), ranges: [prefixRange(root)] });
      return textsOf(results[0]?.entries ?? [], name);
    },
    compact: (revision) => opened.compact(revision),
  };
}

export function textsOf(entries: readonly KeyValue[], name: (key: Key) => string): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => [name(entry.key), entry.value.toString()]));
}

/** A transaction of one compare that writes nothing: does the compare hold? */
export async function holds(store: Store, ...compares: readonly Compare[]): Promise<boolean> {
  const question: Transaction = { compares, writes: [] };
  return (await store.commit(question)).committed;
}
