import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefixRange } from '../../src/store/range.ts';
import { exportPages } from '../../src/store/transfer/index.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { transferContract } from './transfer-contract.ts';
import { importInto, manyEntries, never, prefix, put } from './transfer-space.ts';

describe.each(etcdVersions)('%s', (version) => {
  let etcd: EtcdWithStore;

  beforeAll(async () => {
    etcd = await startEtcdWithStore({ version });
  });

  afterAll(() => etcd.close());

  async function openEmpty() {
    // Also what tests put beside the prefix.
    await etcd.store.commit({ compares: [], writes: [{ type: 'delete', range: prefixRange('lochness') }] });
    return etcd.store;
  }

  transferContract('etcd', openEmpty);

  it('export fails with REVISION_COMPACTED when its revision is compacted on the way', async () => {
    const store = await openEmpty();
    await importInto({ store, entries: manyEntries(1200) });
    const exporting = async () => {
      for await (const page of exportPages({ store, prefix, signal: never })) {
        await put(store, 'config/000000', 'changed');
        await etcd.compact(page.revision + 1);
      }
    };
    await expect(exporting()).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
  });
});
