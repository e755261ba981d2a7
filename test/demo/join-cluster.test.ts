import { describe, expect, it } from 'vitest';
import { createSampleCluster, joinCluster } from '../../src/demo/index.ts';
import { hypervisorId } from '../../src/demo/sample-hypervisor.ts';
import { subkeys } from '../../src/store/keys.ts';
import { keyRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { invariantViolations } from '../support/invariants.ts';
import { keys, keyspaceOf, never, openEmptyStore, openSampleStore, put, recordOf, textAt } from './sample-store.ts';

const join = (store: Store, hypervisorCount: number) => joinCluster({ store, keys, hypervisorCount, signal: never });

function subnetId(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

function subnetRecord(index: number): string {
  const cidr = `10.${100 + Math.floor(index / 250)}.${index % 250}`;
  return JSON.stringify({
    id: subnetId(index),
    metadata: {},
    network: '',
    gateway: `${cidr}.1`,
    cidr: `${cidr}.0/24`,
    start: `${cidr}.9`,
    end: `${cidr}.99`,
  });
}

async function attachments(store: Store, index: number): Promise<Readonly<Record<string, string>>> {
  const path = `hypervisors/${hypervisorId(index)}/${subkeys.subnets}`;
  const links = Object.entries(await keyspaceOf(store)).filter(([key]) => key.startsWith(path));
  return Object.fromEntries(links.map(([key, bridge]) => [key.slice(path.length), bridge]));
}

describe('hypervisors of the sample that join a cluster', () => {
  it('have all its subnets, over bridges of the names that others have them by, and touch nothing that is there', async () => {
    const store = await openSampleStore(2, 10);
    const before = await keyspaceOf(store);
    expect(await join(store, 4)).toBe(2);
    const after = await keyspaceOf(store);
    expect(after).toMatchObject(before);
    const added = Object.keys(after).filter((key) => !(key in before));
    expect(added.every((key) => [2, 3].some((index) => key.startsWith(`hypervisors/${hypervisorId(index)}/`)))).toBe(true);
    expect(await attachments(store, 2)).toEqual(await attachments(store, 0));
    expect(await recordOf(store, 2)).toMatchObject({ id: hypervisorId(2), ip: '127.0.1.3' });
    expect(invariantViolations(after)).toEqual(invariantViolations(before));
    for (const id of Object.keys(await attachments(store, 2))) expect(await textAt(store, keys.reference('SUBNET', id))).toBe('');
  });

  it('join once', async () => {
    const store = await openSampleStore(2, 10);
    const before = await keyspaceOf(store);
    expect(await join(store, 2)).toBe(0);
    expect(await keyspaceOf(store)).toEqual(before);
  });

  it('join a cluster of very many subnets too, and name the bridges where nobody has', async () => {
    const store = openEmptyStore();
    for (let index = 0; index < 130; index++) await put(store, keys.record('SUBNET', subnetId(index)), subnetRecord(index));
    expect(await join(store, 1)).toBe(1);
    const bridges = await attachments(store, 0);
    expect(Object.keys(bridges)).toHaveLength(130);
    expect(bridges[subnetId(7)]).toBe('br-00000000');
  });

  it('join a cluster without a subnet', async () => {
    const store = openEmptyStore();
    await put(store, keys.config('mine'), '1');
    expect(await join(store, 3)).toBe(3);
    expect(Object.keys(await keyspaceOf(store))).toHaveLength(4);
  });

  it('are attached to no subnet that is deleted meanwhile', async () => {
    const store = await openSampleStore(1, 0);
    const [gone = ''] = Object.keys(await attachments(store, 0));
    let isFirst = true;
    const slow: Store = Object.assign(Object.create(store), {
      read: store.read.bind(store),
      async commit(transaction: Parameters<Store['commit']>[0]) {
        if (isFirst) {
          isFirst = false;
          await store.commit({ compares: [], writes: [{ type: 'delete', range: keyRange(keys.record('SUBNET', gone)) }] });
        }
        return store.commit(transaction);
      },
    });
    expect(await join(slow, 2)).toBe(1);
    expect(Object.keys(await attachments(store, 1))).toHaveLength(4);
    expect(await attachments(store, 1)).not.toHaveProperty(gone);
  });
});

describe('a prefix that holds nothing but what gateways keep for themselves', () => {
  it('is given a sample cluster as an empty one is', async () => {
    const store = openEmptyStore();
    await put(store, keys.leader, 'somebody');
    const sample = { store, keys, hypervisorCount: 6, guestCount: 0, now: new Date(0), signal: never };
    expect(await createSampleCluster(sample)).toBe(true);
    expect(await textAt(store, keys.leader)).toBe('somebody');
    expect(await recordOf(store, 5)).toMatchObject({ ip: '127.0.1.6' });
    expect(await createSampleCluster(sample)).toBe(false);
  });
});
