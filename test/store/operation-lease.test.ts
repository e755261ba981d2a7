import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import {
  keysPerLease,
  leaseUseSeconds,
  OperationLeases,
  operationKeptSeconds,
  operationLeases,
} from '../../src/store/operation-lease.ts';
import type { Lease, Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { storeWith } from '../support/store-with.ts';

let store: Store;
let nowMs: number;
let grants: number;
let granting: (() => Promise<Lease>) | null;

beforeEach(() => {
  const memory = openMemoryStore({ log: silentLog });
  nowMs = 0;
  grants = 0;
  granting = null;
  store = storeWith(memory, {
    grantLease(ttlSeconds) {
      grants++;
      return granting === null ? memory.grantLease(ttlSeconds) : granting();
    },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});

const open = () => new OperationLeases(store, () => nowMs);

describe('The lease of operations', () => {
  it('is shared by those that end within a minute, and then another one', async () => {
    const leases = open();
    const first = await leases.take();
    nowMs = leaseUseSeconds * 1000 - 1;
    expect(await leases.take()).toBe(first);
    nowMs += 1;
    const second = await leases.take();
    expect(second).not.toBe(first);
    expect(await leases.take()).toBe(second);
    expect(grants).toBe(2);
  });

  it('is shared by so many, so that few keys go at once when it ends', async () => {
    const leases = open();
    const taken = await Promise.all(Array.from({ length: 2 * keysPerLease + 1 }, () => leases.take()));
    const uses = new Map<string, number>();
    for (const id of taken) uses.set(id, (uses.get(id) ?? 0) + 1);
    expect([...uses.values()]).toEqual([keysPerLease, keysPerLease, 1]);
    expect(grants).toBe(3);
  });

  it('is granted once for all that ask at the same time', async () => {
    const granted = new Deferred<Lease>();
    granting = () => granted.promise;
    const leases = open();
    const taking = Promise.all(Array.from({ length: 100 }, () => leases.take()));
    granted.resolve({ id: '7', ttlSeconds: 10 });
    expect(new Set(await taking)).toEqual(new Set(['7']));
    expect(grants).toBe(1);
  });

  it('lives for an hour behind the last moment at which it is taken, however long the grant took', async () => {
    granting = async () => {
      nowMs += 5000;
      return { id: '7', ttlSeconds: 10 };
    };
    const leases = open();
    await leases.take();
    nowMs = leaseUseSeconds * 1000;
    await leases.take();
    expect(grants).toBe(2);
    granting = null;
    nowMs = 2 * leaseUseSeconds * 1000;
    const id = await leases.take();
    expect(await store.leaseTimeToLive(id)).toBeGreaterThanOrEqual(operationKeptSeconds + leaseUseSeconds);
  });

  it('that can not be granted fails for all that wait, and is asked for anew by the next', async () => {
    granting = () => Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'no connection'));
    const leases = open();
    const ends = await Promise.allSettled([leases.take(), leases.take()]);
    expect(ends).toMatchObject(Array(2).fill({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } }));
    expect(grants).toBe(1);
    granting = null;
    expect(await leases.take()).toMatch(/^[0-9]+$/);
  });

  it('is given to nobody again once it turned out to be gone', async () => {
    const leases = open();
    const first = await leases.take();
    await leases.dropIfGone(first);
    expect(await leases.take()).toBe(first);
    await store.revokeLease(first);
    await leases.dropIfGone(first);
    const second = await leases.take();
    expect(second).not.toBe(first);
    // Whoever met the old one finds out later.
    await leases.dropIfGone(first);
    expect(await leases.take()).toBe(second);
  });

  it('is the same for all operations on a store', () => {
    expect(operationLeases(store)).toBe(operationLeases(store));
  });

  it('keeps what is bound to it in the last second of its use for an hour, and not for two', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const memory = openMemoryStore({ log: silentLog });
    const leases = new OperationLeases(memory);
    const first = await leases.take();
    await vi.advanceTimersByTimeAsync(leaseUseSeconds * 1000 - 1);
    const leaseId = await leases.take();
    expect(leaseId).toBe(first);
    await memory.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.alloc(0), leaseId }] });
    const isKept = async () => (await memory.read({ ranges: [{ start: 'a' }] })).results[0]?.entries.length === 1;
    await vi.advanceTimersByTimeAsync(operationKeptSeconds * 1000);
    expect(await isKept()).toBe(true);
    await vi.advanceTimersByTimeAsync(operationKeptSeconds * 1000);
    expect(await isKept()).toBe(false);
    await memory.close();
  });
});
