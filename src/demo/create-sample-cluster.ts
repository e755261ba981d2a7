import { keyRange } from '../store/range.ts';
import type { Store } from '../store/store.ts';
import { type Entry, importEntries, PrefixNotEmptyError } from '../store/transfer/index.ts';
import { type Sample, sampleCluster } from './sample-cluster.ts';

export interface SampleCreation extends Sample {
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** The sample cluster was being written when its demo was ended: what is there is a part of it. */
export class UnfinishedSampleError extends Error {
  override readonly name = 'UnfinishedSampleError';
}

/** Under the prefix; there while the sample cluster is being written. */
const unfinishedName = 'gateway/demo-unfinished';

/** Writes the sample cluster into an empty prefix. Answers false, and touches nothing, when the prefix holds a cluster already. */
export async function createSampleCluster({ store, signal, ...sample }: SampleCreation): Promise<boolean> {
  const { prefix } = sample.keys;
  const mark = prefix + unfinishedName;
  try {
    await importEntries({
      store,
      prefix,
      entries: withMark(mark, sampleCluster(sample)),
      onExisting: 'refuse',
      leaseSeconds: 1,
      signal,
    });
  } catch (error) {
    if (!(error instanceof PrefixNotEmptyError)) throw error;
    const { results } = await store.read({ ranges: [keyRange(mark)], signal });
    if (results[0]?.entries.length === 0) return false;
    throw new UnfinishedSampleError(
      'The store holds a part of a sample cluster, whose making was interrupted: start with an empty one',
    );
  }
  await store.commit({ compares: [], writes: [{ type: 'delete', range: keyRange(mark) }] });
  return true;
}

function* withMark(key: string, entries: Iterable<Entry>): Generator<Entry> {
  yield { key, value: Buffer.alloc(0), isLeased: false };
  yield* entries;
}
