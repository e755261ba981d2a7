import type { Resources } from '../store/entities/entity.ts';

export const noResources: Resources = { memory: 0n, disk: 0n, cpu: 0n };

export function sumOfResources(all: Iterable<Resources>): Resources {
  let { memory, disk, cpu } = noResources;
  for (const resources of all) {
    memory += resources.memory;
    disk += resources.disk;
    cpu += resources.cpu;
  }
  return { memory, disk, cpu };
}

export interface Capacity {
  readonly totalResources: Resources;
  readonly availableResources: Resources;
}

/**
 * What placement can still grant. Of memory and disk the smaller of what the hypervisor reports and what its guests' flavors
 * leave: the reported number alone underflows to nearly 2^64 when the Go tools overcommit, and lags behind placements that have
 * not started yet. Cores are not handed out exclusively, so of them the report alone counts.
 */
export function freeResourcesOf({ totalResources, availableResources }: Capacity, committed: Resources): Resources {
  return {
    memory: grantable(availableResources.memory, totalResources.memory - committed.memory),
    disk: grantable(availableResources.disk, totalResources.disk - committed.disk),
    cpu: availableResources.cpu,
  };
}

function grantable(available: bigint, uncommitted: bigint): bigint {
  const smaller = available < uncommitted ? available : uncommitted;
  return smaller > 0n ? smaller : 0n;
}
