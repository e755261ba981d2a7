// Symptom: one small query for 1,000 ids that do not exist stopped the event loop for seconds, since each missed id was looked up
// in every spelling by ranges of its own.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { openKeys } from '../../src/store/keys.ts';
import { openLoaders } from '../../src/store/loaders.ts';
import { missesLookedUpSingly } from '../../src/store/reading-loader.ts';
import { openSnapshot } from '../../src/store/snapshot.ts';
import type { Store } from '../../src/store/store.ts';

const keys = openKeys('lochness/');
let store: Store;
beforeEach(() => {
  store = openMemoryStore({ log: silentLog });
});
afterEach(() => store.close());

function uuidOf(index: number): string {
  const digits = createHash('sha256').update(String(index)).digest('hex');
  return [8, 12, 16, 20, 32].map((end, part) => digits.slice([0, 8, 12, 16, 20][part], end)).join('-');
}

it('finds ids that are stored in upper case among very many unknown ones, and asks the store for few ranges', async () => {
  const stored = [3, 400, 999].map(uuidOf);
  const writes = stored.map((id) => ({
    type: 'put' as const,
    key: keys.record('NETWORK', id.toUpperCase()),
    value: Buffer.from(JSON.stringify({ id: id.toUpperCase(), metadata: null })),
  }));
  await store.commit({ compares: [], writes });
  let rangeCount = 0;
  const read = store.read.bind(store);
  store.read = (request) => {
    rangeCount += request.ranges.length;
    return read(request);
  };
  const { NETWORK } = openLoaders({ snapshot: openSnapshot({ store }), keys });
  const found = await Promise.all(Array.from({ length: 1000 }, (_, index) => NETWORK.get(uuidOf(index))));
  expect(found.flatMap((network) => (network === null ? [] : [network.id]))).toEqual(stored);
  expect(rangeCount).toBeLessThan(1000 + missesLookedUpSingly * 32);
});
