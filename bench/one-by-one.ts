import type { Range } from '../src/store/range.ts';
import type { Snapshot } from '../src/store/snapshot.ts';
import type { KeyValue, ReadCost, Revision, Store } from '../src/store/store.ts';

/**
 * The same snapshot without batching: each object is one read of its own, as resolvers without DataLoader do. A list is one read
 * for the keys and then one get an object. Nothing is kept between reads but the pinned revision.
 */
export function openOneByOneSnapshot(store: Store): Snapshot {
  let pinned: Promise<Revision> | null = null;
  let cost: ReadCost = { waves: 0, transactions: 0, keys: 0, bytes: 0 };

  async function read(range: Range): Promise<readonly KeyValue[]> {
    pinned ??= store.read({ ranges: [] }).then(({ revision }) => revision);
    const result = await store.read({ at: await pinned, ranges: [range] });
    const { transactions, keys, bytes } = result.cost;
    cost = {
      waves: cost.waves + 1,
      transactions: cost.transactions + transactions,
      keys: cost.keys + keys,
      bytes: cost.bytes + bytes,
    };
    return result.results[0]?.entries ?? [];
  }

  return {
    chosenRevision: null,
    get pinnedRevision() {
      return null;
    },
    get cost() {
      return cost;
    },
    isHistorical: false,
    catalog: () => null,
    revision: async () => (pinned ??= store.read({ ranges: [] }).then(({ revision }) => revision)),
    get: async (key) => (await read({ start: key }))[0] ?? null,
    async list(range) {
      const entries = await read(range);
      const single = await Promise.all(entries.map(({ key }) => read({ start: key })));
      return single.flat();
    },
    leaseTimeToLive: (leaseId) => store.leaseTimeToLive(leaseId),
  };
}
