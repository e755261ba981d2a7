import { describe, expect, it, onTestFinished } from 'vitest';
import { createSampleCluster, openHeartbeats } from '../../src/demo/index.ts';
import { hypervisorId } from '../../src/demo/sample-hypervisor.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { openKeys, subkeys } from '../../src/store/keys.ts';
import { keyRange, prefixRange } from '../../src/store/range.ts';
import type { KeyValue, Store } from '../../src/store/store.ts';
import { unreliableStore } from '../support/unreliable-store.ts';

const keys = openKeys('lochness/');
const signal = new AbortController().signal;

function openStore(): Store {
  const store = openMemoryStore({ log: silentLog });
  onTestFinished(() => store.close());
  return store;
}

async function makeSample(store: Store, hypervisorCount: number): Promise<boolean> {
  return createSampleCluster({ store, keys, hypervisorCount, guestCount: 10, now: new Date(0), signal });
}

async function heartbeatsIn(store: Store): Promise<readonly KeyValue[]> {
  const { results } = await store.read({ ranges: [prefixRange(keys.folder('HYPERVISOR'))] });
  return (results[0]?.entries ?? []).filter(({ key }) => key.endsWith(`/${subkeys.heartbeat}`));
}

async function open(store: Store, time = '2026-11-23T12:00:00.000Z') {
  const heartbeats = await openHeartbeats({ store, keys, log: silentLog, now: () => new Date(time) });
  onTestFinished(() => heartbeats.stop());
  return heartbeats;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function put(store: Store, key: string, value: string): Promise<void> {
  await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

describe('the heartbeats of a demo', () => {
  it('keep all hypervisors alive but one, under one lease', async () => {
    const store = openStore();
    await makeSample(store, 6);
    await open(store);
    const heartbeats = await heartbeatsIn(store);
    expect(heartbeats).toHaveLength(5);
    expect(new Set(heartbeats.map(({ leaseId }) => leaseId)).size).toBe(1);
    expect(new Set(heartbeats.map(({ value }) => value.toString()))).toEqual(new Set(['2026-11-23T12:00:00.000Z']));
    expect(await store.leaseTimeToLive(heartbeats[0]?.leaseId ?? '')).toBeGreaterThan(110);
  });

  it('of very many hypervisors beat in batches', async () => {
    const store = openStore();
    await makeSample(store, 250);
    await open(store);
    expect(await heartbeatsIn(store)).toHaveLength(249);
  });

  it('beat again under the same lease, and under a new one when that was lost', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    const first = (await heartbeatsIn(store))[0];
    await heartbeats.beat();
    const second = (await heartbeatsIn(store))[0];
    expect(second?.leaseId).toBe(first?.leaseId);
    expect(second?.modRevision).toBeGreaterThan(first?.modRevision ?? Number.POSITIVE_INFINITY);
    await store.revokeLease(first?.leaseId ?? '');
    expect(await heartbeatsIn(store)).toEqual([]);
    await heartbeats.beat();
    expect(await heartbeatsIn(store)).toHaveLength(5);
  });

  it('beat on by themselves, also after a beat that failed', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const watch = await store.watch({ range: prefixRange(keys.folder('HYPERVISOR')) });
    const failing = unreliableStore(store, ['none', 'unavailable']);
    const heartbeats = await openHeartbeats({ store: failing, keys, log: silentLog, now: () => new Date(), everyMs: 1 });
    onTestFinished(() => heartbeats.stop());
    let beats = 0;
    for await (const { changes } of watch) {
      expect(changes).toHaveLength(5);
      if (++beats === 3) break;
    }
    expect(failing.sent).toBeGreaterThanOrEqual(4);
  });

  it('do not come back behind a hypervisor that was deleted', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    const gone = prefixRange(keys.directory('HYPERVISOR', hypervisorId(1)));
    await store.commit({ compares: [], writes: [{ type: 'delete', range: gone }] });
    await heartbeats.beat();
    expect(await heartbeatsIn(store)).toHaveLength(4);
    expect((await store.read({ ranges: [gone] })).results[0]?.entries).toEqual([]);
  });

  it('leave out a hypervisor that is silenced until it is woken', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    const [first, second] = [0, 1].map(hypervisorId);
    const beating = async () => (await heartbeatsIn(store)).map(({ key }) => key.split('/')[2]);
    await heartbeats.silence(first ?? '');
    expect(await beating()).toHaveLength(4);
    await heartbeats.beat();
    expect(await beating()).not.toContain(first);
    expect(await beating()).toContain(second);
    expect(heartbeats.silentIds).toEqual([first]);
    await heartbeats.wake(first ?? '');
    expect(await beating()).toContain(first);
    expect(heartbeats.silentIds).toEqual([]);
  });

  it('know no silence in the middle of a beat', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    const id = hypervisorId(0);
    await Promise.all([heartbeats.beat(), heartbeats.silence(id), heartbeats.beat()]);
    expect((await heartbeatsIn(store)).map(({ key }) => key.split('/')[2])).not.toContain(id);
    await Promise.all([heartbeats.silence('nobody'), heartbeats.wake('nobody'), heartbeats.wake(hypervisorId(1))]);
    expect(await heartbeatsIn(store)).toHaveLength(4);
  });

  it('of a hypervisor that is woken do not come back behind one that was deleted', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    const gone = prefixRange(keys.directory('HYPERVISOR', hypervisorId(0)));
    await heartbeats.silence(hypervisorId(0));
    await store.commit({ compares: [], writes: [{ type: 'delete', range: gone }] });
    await heartbeats.wake(hypervisorId(0));
    expect((await store.read({ ranges: [gone] })).results[0]?.entries).toEqual([]);
  });

  it('end at once where they are ended, also when their lease is gone already', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const heartbeats = await open(store);
    await heartbeats.end();
    expect(await heartbeatsIn(store)).toEqual([]);
    await heartbeats.end();
  });

  it('of chosen hypervisors are theirs alone', async () => {
    const store = openStore();
    await makeSample(store, 6);
    const hypervisorIds = new Set([4, 5, 6].map(hypervisorId));
    const heartbeats = await openHeartbeats({ store, keys, log: silentLog, now: () => new Date(), hypervisorIds });
    onTestFinished(() => heartbeats.stop());
    expect((await heartbeatsIn(store)).map(({ key }) => key.split('/')[2])).toEqual([4, 5].map(hypervisorId).sort(compareText));
  });

  it('are for no hypervisor of another cluster, alive or dead', async () => {
    const store = openStore();
    const alive = '00000000-0000-4000-8000-00000000000a';
    const dead = '00000000-0000-4000-8000-00000000000d';
    for (const id of [alive, dead]) await put(store, keys.record('HYPERVISOR', id), '{}');
    await put(store, keys.directory('HYPERVISOR', alive) + subkeys.heartbeat, 'beating');
    expect((await open(store)).hypervisorIds).toEqual([]);
    const heartbeats = await heartbeatsIn(store);
    expect(heartbeats.map(({ key, value, leaseId }) => [key, value.toString(), leaseId])).toEqual([
      [keys.directory('HYPERVISOR', alive) + subkeys.heartbeat, 'beating', null],
    ]);
  });
});

describe('making a sample cluster', () => {
  it('leaves a cluster alone that is there already', async () => {
    const store = openStore();
    await put(store, 'lochness/config/mine', '1');
    expect(await makeSample(store, 6)).toBe(false);
    expect((await store.read({ ranges: [prefixRange(keys.prefix)] })).results[0]?.entries).toHaveLength(1);
  });

  it('leaves no trace of its making', async () => {
    const store = openStore();
    expect(await makeSample(store, 6)).toBe(true);
    expect((await store.read({ ranges: [prefixRange('lochness/gateway/')] })).results[0]?.entries).toEqual([]);
    expect(await makeSample(store, 6)).toBe(false);
  });

  it.each(['unavailable', 'requestLost', 'replyLost'] as const)(
    'is done when its last commit meets the fault %s',
    async (fault) => {
      const store = openStore();
      // No guests: one commit marks it, one writes it, and one takes the mark away.
      const sample = { keys, hypervisorCount: 6, guestCount: 0, now: new Date(0), signal };
      const broken = unreliableStore(store, ['none', 'none', fault, fault]);
      expect(await createSampleCluster({ store: broken, ...sample })).toBe(true);
      expect(broken.sent).toBe(5);
      expect(await createSampleCluster({ store, ...sample })).toBe(false);
    },
  );

  it('takes one whose making was interrupted for no cluster', async () => {
    const store = openStore();
    const interrupt = new AbortController();
    const making = createSampleCluster({
      store,
      keys,
      hypervisorCount: 6,
      guestCount: 1000,
      now: new Date(0),
      signal: interrupt.signal,
      onGuests: (count) => count === 500 && interrupt.abort(),
    });
    await expect(making).rejects.toThrow();
    expect((await store.read({ ranges: [keyRange('lochness/gateway/demo-unfinished')] })).results[0]?.entries).toHaveLength(1);
    await expect(makeSample(store, 6)).rejects.toThrow('a part of a sample cluster');
  });
});
