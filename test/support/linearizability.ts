import type { Store } from '../../src/store/store.ts';

/** A counter that is only ever raised, by compare and swap: what was read of it once is never more than what is read later. */
export interface Counter {
  /** What was acknowledged, the highest so far. */
  readonly acknowledged: number;
  /** Raises it through this store; whether that was acknowledged. */
  raise(store: Store): Promise<boolean>;
  /** Reads it through this store. Fails where it is less than what was acknowledged before the read began. */
  read(store: Store): Promise<void>;
  readonly reads: number;
}

/** Through any store of the cluster. A compare of a value holds for no key that is absent, so it begins at 0. */
export async function openCounter(store: Store, key: string): Promise<Counter> {
  await store.commit({ compares: [], writes: [{ type: 'put', key, value: numberText(0) }] });
  let acknowledged = 0;
  let next = 0;
  let reads = 0;

  async function raise(store: Store): Promise<boolean> {
    const number = ++next;
    const value = numberText(number);
    // Never lowered: a raise that comes late finds a higher number there.
    const { committed } = await store.commit({
      compares: [{ target: 'value', range: { start: key }, is: '<', value }],
      writes: [{ type: 'put', key, value }],
    });
    if (committed) acknowledged = Math.max(acknowledged, number);
    return committed;
  }

  async function read(store: Store): Promise<void> {
    const atLeast = acknowledged;
    const { results, revision } = await store.read({ ranges: [{ start: key }] });
    const found = Number(results[0]?.entries[0]?.value.toString() ?? 0);
    if (found < atLeast) throw new Error(`${found} was read at revision ${revision}, after ${atLeast} was acknowledged`);
    reads++;
  }

  return {
    get acknowledged() {
      return acknowledged;
    },
    get reads() {
      return reads;
    },
    raise,
    read,
  };
}

/** Texts that sort as the numbers do. */
function numberText(number: number): Buffer {
  return Buffer.from(String(number).padStart(9, '0'));
}
