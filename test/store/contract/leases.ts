import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LeaseNotFoundError } from '../../../src/store/store.ts';
import type { Space } from './space.ts';
import { batchesUntil, changesOf } from './watches.ts';

export function leaseContract(open: () => Space): void {
  describe('leases', () => {
    it('binds a key to its lease, and a put without one lets it go', async () => {
      const space = open();
      const lease = await space.store.grantLease(60);
      const other = await space.store.grantLease(60);
      expect(lease.id).toMatch(/^[1-9][0-9]*$/);
      expect(other.id).not.toBe(lease.id);
      const bound = await space.write(
        space.putOf('a', '1', lease.id),
        space.putOf('b', '1', lease.id),
        space.putOf('c', '1', lease.id),
      );
      expect((await space.get('a'))?.leaseId).toBe(lease.id);
      await space.write(space.putOf('a', '2'), { type: 'put', key: space.key('b'), value: Buffer.from('2'), leaseId: null });
      await space.put('c', '2', other.id);
      expect((await space.get('a'))?.leaseId).toBeNull();
      expect((await space.get('b'))?.leaseId).toBeNull();
      expect((await space.get('c'))?.leaseId).toBe(other.id);
      expect((await space.get('a', bound))?.leaseId).toBe(lease.id);
      await space.store.revokeLease(lease.id);
      expect(await space.texts()).toEqual({ a: '2', b: '2', c: '2' });
      await space.store.revokeLease(other.id);
      expect(await space.texts()).toEqual({ a: '2', b: '2' });
    });

    it('deletes all keys of a revoked lease in one commit, and forgets the lease', async () => {
      const space = open();
      const lease = await space.store.grantLease(60);
      await space.write(space.putOf('a', '1', lease.id), space.putOf('c', '1', lease.id), space.putOf('kept', '1'));
      const after = await space.put('b', '1', lease.id);
      const watch = await space.store.watch({ range: space.all, after });
      await space.store.revokeLease(lease.id);
      expect(await space.texts()).toEqual({ kept: '1' });
      const last = await space.put('kept', '2');
      expect((await batchesUntil(watch, last)).map((batch) => changesOf(batch, space))).toEqual([
        ['a: 1 -> -', 'b: 1 -> -', 'c: 1 -> -'],
        ['kept: 1 -> 2'],
      ]);
      await watch.close();
      expect(await space.store.leaseTimeToLive(lease.id)).toBeNull();
    });

    it('a key that was deleted and written again without the lease outlives it', async () => {
      const space = open();
      const lease = await space.store.grantLease(60);
      await space.put('a', '1', lease.id);
      await space.remove('a');
      await space.put('a', '2');
      await space.store.revokeLease(lease.id);
      expect(await space.texts()).toEqual({ a: '2' });
    });

    it('deletes the keys of an expired lease in one commit; one that is kept alive lives on', async () => {
      const space = open();
      const kept = await space.store.grantLease(2);
      const left = await space.store.grantLease(4);
      expect([kept.ttlSeconds, left.ttlSeconds]).toEqual([2, 4]);
      await space.write(space.putOf('kept', '1', kept.id), space.putOf('left/1', '1', left.id));
      const after = await space.put('left/2', '1', left.id);

      // The longer lease is left alone: when its keys are gone, the shorter one has outlived its own time.
      const watch = await space.store.watch({ range: space.all, after });
      const batches = watch[Symbol.asyncIterator]();
      const stop = new AbortController();
      const keeping = (async () => {
        while (!stop.signal.aborted) {
          expect(await space.store.keepLeaseAlive(kept.id)).toEqual(kept);
          await pause(200, undefined, { signal: stop.signal }).catch(() => undefined);
        }
      })();
      const expired = await batches.next();
      expect(expired.done === true ? [] : changesOf(expired.value, space)).toEqual(['left/1: 1 -> -', 'left/2: 1 -> -']);
      expect(await space.texts()).toEqual({ kept: '1' });
      expect(await space.store.leaseTimeToLive(left.id)).toBeNull();
      stop.abort();
      await keeping;

      const expiredToo = await batches.next();
      expect(expiredToo.done === true ? [] : changesOf(expiredToo.value, space)).toEqual(['kept: 1 -> -']);
      await watch.close();
    });

    it('says how many whole seconds are left, and starts them again when the lease is kept alive', async () => {
      const space = open();
      const lease = await space.store.grantLease(100);
      const left = await space.store.leaseTimeToLive(lease.id);
      expect(left).toBeGreaterThanOrEqual(90);
      expect(left).toBeLessThanOrEqual(100);
      expect(Number.isInteger(left)).toBe(true);
      expect(await space.store.keepLeaseAlive(lease.id)).toEqual({ id: lease.id, ttlSeconds: 100 });
      await space.store.revokeLease(lease.id);
    });

    it('answers LeaseNotFoundError for a lease that is not there, and writes nothing then', async () => {
      const space = open();
      const { id } = await space.store.grantLease(60);
      await space.store.revokeLease(id);
      await expect(space.store.keepLeaseAlive(id)).rejects.toBeInstanceOf(LeaseNotFoundError);
      await expect(space.store.revokeLease(id)).rejects.toBeInstanceOf(LeaseNotFoundError);
      await expect(space.write(space.putOf('a', '1'), space.putOf('b', '1', id))).rejects.toBeInstanceOf(LeaseNotFoundError);
      expect(await space.store.leaseTimeToLive(id)).toBeNull();
      expect(await space.texts()).toEqual({});
    });

    it('refuses a time to live that is no whole number from 1', async () => {
      const space = open();
      for (const ttlSeconds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(space.store.grantLease(ttlSeconds)).rejects.toBeInstanceOf(RangeError);
      }
    });
  });
}
