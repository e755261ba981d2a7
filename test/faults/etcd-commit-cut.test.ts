import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitOnce, type OnceTransaction } from '../../src/store/outcome.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdBehindProxy, startEtcdBehindProxy } from '../support/etcd-behind-proxy.ts';
import { incrementOften } from '../support/increment.ts';
import { randomFrom } from '../support/random.ts';

for (const version of etcdVersions) {
  describe(`a commit to etcd ${version} whose connection breaks`, () => {
    let behind: EtcdBehindProxy;
    let etcd: EtcdBehindProxy['etcd'];
    let proxy: EtcdBehindProxy['proxy'];
    let store: Store;
    beforeAll(async () => {
      behind = await startEtcdBehindProxy({ version });
      ({ etcd, proxy, store } = behind);
    });
    afterAll(() => behind.close());

    const creation = (key: string): OnceTransaction => ({
      compares: [],
      writes: [{ type: 'put', key, value: Buffer.from('created') }],
    });
    const versionOf = async (key: string) => {
      const { results } = await etcd.store.read({ ranges: [{ start: key }] });
      return results[0]?.entries[0]?.version ?? 0;
    };
    const value = Buffer.from('{}');

    it('after it was applied: it is found to be committed, and was applied once', async () => {
      await store.status();
      proxy.pause('toClient');
      const committing = commitOnce(store, creation('applied'), { token: 'token/applied', value });
      await expect.poll(() => versionOf('applied')).toBe(1);
      proxy.cut();
      proxy.resume();
      const { results } = await etcd.store.read({ ranges: [{ start: 'applied' }] });
      expect(await committing).toEqual({ outcome: 'committed', revision: results[0]?.entries[0]?.modRevision });
      expect(await versionOf('applied')).toBe(1);
    });

    it('before it arrived: nothing was changed, and nothing is changed when it arrives late', async () => {
      await store.status();
      proxy.freeze();
      const committing = commitOnce(store, creation('late'), { token: 'token/late', value });
      await expect(committing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: {} });
      proxy.thaw();
      expect(await commitOnce(store, creation('behind'), { token: 'token/behind', value })).toMatchObject({
        outcome: 'committed',
      });
      expect(await versionOf('late')).toBe(0);
    });

    it('so that no answer comes: a hasty one hears that sooner than one that was sent before it', async () => {
      await store.status();
      proxy.freeze();
      const heard: string[] = [];
      const commit = async (name: string, isHasty: boolean) => {
        await expect(store.commit({ ...creation(name), isHasty })).rejects.toBeInstanceOf(OutcomeUnknownError);
        heard.push(name);
      };
      await Promise.all([commit('patient', false), commit('hasty', true)]);
      proxy.thaw();
      expect(heard).toEqual(['hasty', 'patient']);
    });

    it('in the middle of the request: it has an unknown outcome, and the fence finds that nothing was changed', async () => {
      const large: OnceTransaction = { compares: [], writes: [{ type: 'put', key: 'large', value: Buffer.alloc(900_000) }] };
      await store.status();
      const cut = proxy.cutAfter('toServer', 300_000);
      await expect(store.commit(large)).rejects.toBeInstanceOf(OutcomeUnknownError);
      await cut;
      await store.status();
      const again = proxy.cutAfter('toServer', 300_000);
      const once = commitOnce(store, large, { token: 'token/large', value });
      await expect(once).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: {} });
      await again;
      expect(await versionOf('large')).toBe(0);
    });

    it('anywhere, again and again: a counter is changed exactly as often as its callers were told', async () => {
      const told = await incrementOften({ store, proxy, operations: 60, random: randomFrom(1) });
      proxy.disarm();
      const { results } = await etcd.store.read({ ranges: [{ start: 'counter' }] });
      expect(results[0]?.entries[0]?.value.toString()).toBe(String(told.committed));
      expect(told.cuts).toBeGreaterThan(10);
    });
  });
}
