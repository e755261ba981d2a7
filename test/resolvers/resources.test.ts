import { describe, expect, it } from 'vitest';
import { freeResourcesOf, sumOfResources } from '../../src/resolvers/resources.ts';
import type { Resources } from '../../src/store/entities/entity.ts';

function resources(memory: bigint, disk: bigint, cpu: bigint): Resources {
  return { memory, disk, cpu };
}

describe('the sum of resources', () => {
  it('is exact above 2^64, and 0 of nothing', () => {
    const most = resources(2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 32n - 1n);
    expect(sumOfResources([most, most])).toEqual(resources(2n ** 65n - 2n, 2n ** 65n - 2n, 2n ** 33n - 2n));
    expect(sumOfResources([])).toEqual(resources(0n, 0n, 0n));
  });
});

describe('free resources', () => {
  const total = resources(100n, 1000n, 8n);

  it('are what is reported, where that is less than what the guests leave', () => {
    expect(
      freeResourcesOf({ totalResources: total, availableResources: resources(10n, 20n, 3n) }, resources(50n, 500n, 4n)),
    ).toEqual(resources(10n, 20n, 3n));
  });

  it('are what the guests leave, where the report has underflowed', () => {
    const underflowed = resources(2n ** 64n - 5n, 2n ** 64n - 5n, 3n);
    expect(freeResourcesOf({ totalResources: total, availableResources: underflowed }, resources(60n, 900n, 4n))).toEqual(
      resources(40n, 100n, 3n),
    );
  });

  it('are 0, never below, where the guests have more than there is', () => {
    expect(freeResourcesOf({ totalResources: total, availableResources: total }, resources(101n, 5000n, 99n))).toEqual(
      resources(0n, 0n, 8n),
    );
  });

  it('do not take cores off: they are shared', () => {
    expect(freeResourcesOf({ totalResources: total, availableResources: total }, resources(0n, 0n, 8n)).cpu).toBe(8n);
  });
});
