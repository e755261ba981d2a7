import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { EmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { type Journal, memoryJournal, NothingWrittenError } from '../../src/store/embedded/journal.ts';

const all = { start: '\x00', end: '\xff' };
const daySeconds = 24 * 60 * 60;

function openStore(journal: Journal = memoryJournal) {
  const store = new EmbeddedStore({ revision: 1, journal, log: silentLog });
  const keys = async () => (await store.read({ ranges: [all] })).results[0]?.entries.map((entry) => entry.key);
  const put = (key: string, leaseId: string) =>
    store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.alloc(0), leaseId }] });
  return { store, keys, put };
}

class FillableDisk implements Journal {
  isFull: boolean;
  refused = 0;

  constructor() {
    this.isFull = false;
  }

  async write(): Promise<void> {
    if (!this.isFull) return;
    this.refused += 1;
    throw new NothingWrittenError('no space left on device');
  }

  async close(): Promise<void> {}
}

describe('leases of the embedded store', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('end on time, not before, each in its own commit', async () => {
    const { store, keys, put } = openStore();
    const ten = await store.grantLease(10);
    const twenty = await store.grantLease(20);
    await put('ten', ten.id);
    await put('twenty', twenty.id);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await keys()).toEqual(['ten', 'twenty']);
    expect(await store.leaseTimeToLive(ten.id)).toBe(0);
    expect(await store.leaseTimeToLive(twenty.id)).toBe(10);
    await vi.advanceTimersByTimeAsync(1);
    expect(await keys()).toEqual(['twenty']);
    expect(await store.leaseTimeToLive(ten.id)).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await keys()).toEqual([]);
    expect((await store.status()).revision).toBe(5);
  });

  it('begin anew with each keep alive', async () => {
    const { store, keys, put } = openStore();
    const { id } = await store.grantLease(10);
    await put('a', id);
    for (let round = 0; round < 5; round++) {
      await vi.advanceTimersByTimeAsync(9_000);
      await store.keepLeaseAlive(id);
      expect(await store.leaseTimeToLive(id)).toBe(10);
    }
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await keys()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await keys()).toEqual([]);
  });

  it('of a month do not end at once, although a timer of Node takes 24 days at most', async () => {
    const { store, keys, put } = openStore();
    const { id } = await store.grantLease(30 * daySeconds);
    await put('a', id);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await store.leaseTimeToLive(id)).toBe(30 * daySeconds - 1);
    await vi.advanceTimersByTimeAsync(29 * daySeconds * 1_000);
    expect(await keys()).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(daySeconds * 1_000);
    expect(await keys()).toEqual([]);
  });

  it('are not ended by a wall clock that jumps', async () => {
    const { store, keys, put } = openStore();
    const { id } = await store.grantLease(10);
    await put('a', id);
    vi.setSystemTime(Date.now() + 365 * daySeconds * 1_000);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await keys()).toEqual(['a']);
    vi.setSystemTime(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await keys()).toEqual([]);
  });

  it('that end while the disk is full are ended as soon as it is not', async () => {
    const disk = new FillableDisk();
    const { store, keys, put } = openStore(disk);
    const { id } = await store.grantLease(10);
    await put('a', id);
    disk.isFull = true;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(disk.refused).toBeGreaterThan(2);
    expect(disk.refused).toBeLessThan(10);
    expect(await keys()).toEqual(['a']);
    disk.isFull = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await keys()).toEqual([]);
    expect(await store.leaseTimeToLive(id)).toBeNull();
  });

  it('leave no timer behind when the store is closed', async () => {
    const { store } = openStore();
    await store.grantLease(10);
    expect(vi.getTimerCount()).toBe(1);
    await store.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
