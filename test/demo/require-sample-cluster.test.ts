import { describe, expect, it } from 'vitest';
import { createSampleCluster, requireSampleCluster } from '../../src/demo/index.ts';
import { hypervisorId, maxHypervisorCount } from '../../src/demo/sample-hypervisor.ts';
import { folderRange, subkeys } from '../../src/store/keys.ts';
import { prefixRange, type Range } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { keys, never, openEmptyStore, openSampleStore, put } from './sample-store.ts';

const strange = '00000000-0000-4000-8000-00000000000a';

const requireSample = (store: Store) => requireSampleCluster({ store, keys, signal: never, place: 'The folder x' });

async function deleteFrom(store: Store, range: Range): Promise<void> {
  await store.commit({ compares: [], writes: [{ type: 'delete', range }] });
}

describe('a cluster is taken for a sample', () => {
  it.each([
    [6, 40],
    [1, 0],
    [0, 20],
  ])('as it was made, with %i hypervisors and %i guests', async (hypervisorCount, guestCount) => {
    await requireSample(await openSampleStore(hypervisorCount, guestCount));
  });

  it('when others of the sample came to it, and when all its hypervisors are gone', async () => {
    const store = await openSampleStore();
    await put(store, keys.record('HYPERVISOR', hypervisorId(maxHypervisorCount - 1)), '{}');
    await requireSample(store);
    await deleteFrom(store, folderRange(keys, 'HYPERVISOR'));
    await requireSample(store);
  });

  it('when a heartbeat has outlived a hypervisor that somebody added and deleted', async () => {
    const store = await openSampleStore();
    await put(store, keys.directory('HYPERVISOR', strange) + subkeys.heartbeat, 'beating');
    await requireSample(store);
  });
});

describe('a cluster is foreign', () => {
  it('when one hypervisor is none of the sample, whoever added it, until that is deleted', async () => {
    const store = await openSampleStore();
    await put(store, keys.record('HYPERVISOR', strange), '{}');
    await expect(requireSample(store)).rejects.toThrow(
      `The folder x holds a cluster that is not demo's own: its hypervisor ${strange} is none of the sample's.`,
    );
    await deleteFrom(store, prefixRange(keys.directory('HYPERVISOR', strange)));
    await requireSample(store);
  });

  it('when it has no hypervisors, and nothing of the sample', async () => {
    const store = openEmptyStore();
    await put(store, keys.config('mine'), '1');
    const sample = { store, keys, hypervisorCount: 6, guestCount: 0, now: new Date(0), signal: never };
    expect(await createSampleCluster(sample)).toBe(false);
    await expect(requireSample(store)).rejects.toThrow('it has nothing of the sample');
  });
});
