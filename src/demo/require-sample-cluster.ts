import { directoriesOf } from '../store/directory.ts';
import { folderRange, type Keys } from '../store/keys.ts';
import { keyRange } from '../store/range.ts';
import type { Store } from '../store/store.ts';
import { networks } from './catalog.ts';
import { sampleIndexes } from './sample-hypervisor.ts';

export interface SampleRequirement {
  readonly store: Store;
  readonly keys: Keys;
  readonly signal: AbortSignal;
  /** What the message calls the store. */
  readonly place: string;
}

/** The store holds a cluster that is not the sample, or not the sample alone: its agents and its guests may be real ones. */
export class ForeignClusterError extends Error {
  override readonly name = 'ForeignClusterError';
  constructor(place: string, sign: string) {
    super(
      `${place} holds a cluster that is not demo's own: ${sign}. Nothing of it was touched. Start it with "serve", or demo with --memory or another --data-dir`,
    );
  }
}

/**
 * Fails unless what a store holds is a sample cluster, of any size and with whatever was done to it since. Known by ids, which nobody
 * else has: all its hypervisors are the sample's, and it has at least one of them or of the sample's networks. So a hypervisor that
 * somebody added makes it foreign too: its agent may be a real one. Writes nothing.
 */
export async function requireSampleCluster({ store, keys, signal, place }: SampleRequirement): Promise<void> {
  const ranges = [folderRange(keys, 'HYPERVISOR'), ...networks.map(({ id }) => keyRange(keys.record('NETWORK', id)))];
  const { results } = await store.read({ ranges, signal });
  const [hypervisors = [], ...records] = results.map(({ entries }) => entries);
  const own = sampleIndexes();
  const there = [...directoriesOf(keys, 'HYPERVISOR', hypervisors)].filter(({ record }) => record !== undefined);
  const foreign = there.find(({ name }) => !own.has(name));
  if (foreign !== undefined) throw new ForeignClusterError(place, `its hypervisor ${foreign.name} is none of the sample's`);
  if (there.length === 0 && records.flat().length === 0) throw new ForeignClusterError(place, 'it has nothing of the sample');
}
