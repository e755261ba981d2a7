import { describe, expect, it } from 'vitest';
import {
  type PlacementFacts,
  type PlacementNeeds,
  placementFilters,
  reasonsAgainst,
  rejectedCounts,
} from '../../src/resolvers/placement/filter.ts';

const needs: PlacementNeeds = { resources: { memory: 100n, disk: 1000n, cpu: 2n }, reserved: null };

const fits: PlacementFacts = {
  isAlive: true,
  isSchedulable: true,
  subnetCount: 2,
  openSubnetCount: 1,
  total: { memory: 400n, disk: 4000n, cpu: 8n },
  free: { memory: 100n, disk: 1000n, cpu: 2n },
};

function filtersAgainst(facts: Partial<PlacementFacts>): string[] {
  return reasonsAgainst({ ...fits, ...facts }, needs).map(({ filter }) => filter);
}

describe('the filters of placement', () => {
  it('let a hypervisor pass that has exactly what is needed', () => {
    const nothing = { memory: 0n, disk: 0n, cpu: 0n };
    expect(reasonsAgainst(fits, needs)).toEqual([]);
    expect(reasonsAgainst({ ...fits, free: nothing }, { ...needs, resources: nothing })).toEqual([]);
  });

  it('reject it for each thing alone', () => {
    expect(filtersAgainst({ isAlive: false })).toEqual(['ALIVE']);
    expect(filtersAgainst({ isSchedulable: false })).toEqual(['SCHEDULABLE']);
    expect(filtersAgainst({ subnetCount: 0, openSubnetCount: 0 })).toEqual(['SUBNET']);
    expect(filtersAgainst({ openSubnetCount: 0 })).toEqual(['ADDRESS']);
    expect(filtersAgainst({ free: { ...fits.free, memory: 99n } })).toEqual(['MEMORY']);
    expect(filtersAgainst({ free: { ...fits.free, disk: 999n } })).toEqual(['DISK']);
    expect(filtersAgainst({ free: { ...fits.free, cpu: 1n } })).toEqual(['CPU']);
  });

  it('name everything that speaks against it, in their order', () => {
    const nothing = { memory: 0n, disk: 0n, cpu: 0n };
    const worst = { isAlive: false, isSchedulable: false, free: nothing };
    expect(filtersAgainst({ ...worst, openSubnetCount: 0 })).toEqual(placementFilters.filter((filter) => filter !== 'SUBNET'));
    expect(filtersAgainst({ ...worst, subnetCount: 0, openSubnetCount: 0 })).toEqual(
      placementFilters.filter((filter) => filter !== 'ADDRESS'),
    );
  });

  it('say with numbers what is missing, also above 2^53', () => {
    const huge = 2n ** 64n - 1n;
    expect(reasonsAgainst(fits, { ...needs, resources: { memory: huge, disk: 1001n, cpu: 3n } })).toEqual([
      {
        filter: 'MEMORY',
        message: `needs ${huge} MB of memory, has 100 of 400 MB free`,
        needed: huge,
        available: 100n,
      },
      { filter: 'DISK', message: 'needs 1001 MB of disk, has 1000 of 4000 MB free', needed: 1001n, available: 1000n },
      { filter: 'CPU', message: 'needs 3 virtual CPUs, has 2 of 8 free', needed: 3n, available: 2n },
    ]);
  });

  it('say how many subnets are full', () => {
    const messageFor = (subnetCount: number) => reasonsAgainst({ ...fits, subnetCount, openSubnetCount: 0 }, needs)[0]?.message;
    expect(messageFor(1)).toBe("has one subnet of the guest's network, which has no free address");
    expect(messageFor(2)).toBe("has 2 subnets of the guest's network, none of which has a free address");
  });
});

describe('the counts of the rejected', () => {
  it('count the reasons by filter, in the order of the filters, and leave out zeros', () => {
    const all = [
      { openSubnetCount: 0, isAlive: false },
      { isSchedulable: false },
      { isAlive: false },
      {},
      { openSubnetCount: 0 },
    ];
    const counts = rejectedCounts(all.flatMap((facts) => reasonsAgainst({ ...fits, ...facts }, needs)));
    expect(Object.entries(counts)).toEqual([
      ['ALIVE', 2],
      ['SCHEDULABLE', 1],
      ['ADDRESS', 2],
    ]);
  });
});
