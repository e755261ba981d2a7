import { describe, expect, it } from 'vitest';
import type { StoreKind } from '../../../src/store/store.ts';
import { type OpenedStore, openSpace, type Space } from './space.ts';

export function lifeContract(open: () => Space, openAnother: () => Promise<OpenedStore>): void {
  describe('status', () => {
    it('says what the store is, that it is healthy, and its newest revision', async () => {
      const space = open();
      const written = await space.put('a', '1');
      const status = await space.store.status();
      expect(['etcd', 'embedded'] satisfies StoreKind[]).toContain(status.kind);
      expect(status).toMatchObject({ kind: space.store.kind, healthy: true });
      expect(status.version === null || /^[0-9]+\./.test(status.version)).toBe(true);
      expect(status.revision).toBeGreaterThanOrEqual(written);
    });
  });

  describe('close', () => {
    it('settles the pending next() of every watch, and fails later calls with STORE_UNAVAILABLE', async () => {
      const opened = await openAnother();
      const { store } = opened;
      const space = openSpace(opened);
      await space.put('a', '1');
      const lease = await store.grantLease(60);
      const watches = await Promise.all([store.watch({ range: space.all }), store.watch({ range: space.all })]);
      const pending = watches.map((watch) => watch[Symbol.asyncIterator]().next());
      await store.close();
      expect(await Promise.all(pending)).toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
      ]);
      const unavailable = { code: 'STORE_UNAVAILABLE' };
      await expect(store.read({ ranges: [space.all] })).rejects.toMatchObject(unavailable);
      await expect(space.put('a', '2')).rejects.toMatchObject(unavailable);
      await expect(store.watch({ range: space.all })).rejects.toMatchObject(unavailable);
      await expect(store.grantLease(60)).rejects.toMatchObject(unavailable);
      await expect(store.keepLeaseAlive(lease.id)).rejects.toMatchObject(unavailable);
      await expect(store.revokeLease(lease.id)).rejects.toMatchObject(unavailable);
      await expect(store.leaseTimeToLive(lease.id)).rejects.toMatchObject(unavailable);
      expect(await store.status()).toMatchObject({ kind: store.kind, healthy: false });
      await store.close();
      await opened.close();
    });

    it('answers every commit that is under way: committed, or STORE_UNAVAILABLE', async () => {
      const opened = await openAnother();
      const space = openSpace(opened);
      const writing = Array.from({ length: 20 }, (_, index) => space.put(`k${index}`, 'x'));
      await opened.store.close();
      const settled = await Promise.allSettled(writing);
      for (const outcome of settled) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      }
      await opened.close();
    });
  });
}
