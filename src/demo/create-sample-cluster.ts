import { type Key, keyRange, prefixRange, type Range } from '../store/range.ts';
import type { Compare, Store } from '../store/store.ts';
import { commitPatiently, importEntries } from '../store/transfer/index.ts';
import { type Sample, sampleCluster } from './sample-cluster.ts';

export interface SampleCreation extends Sample {
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** The sample cluster was being written when its demo was ended: what is there is a part of it. */
export class UnfinishedSampleError extends Error {
  override readonly name = 'UnfinishedSampleError';
}

/** Under the prefix: what gateways keep for themselves. It is there as soon as one runs, and makes no cluster. */
const ownFolder = 'gateway/';
/** In it while the sample cluster is being written. */
const unfinishedName = 'demo-unfinished';

/** How long a store that does not answer is waited for before the mark is left there. */
const patienceMs = 30_000;

/** Writes the sample cluster into a prefix that holds no cluster. Answers false, and touches nothing, when it holds one. */
export async function createSampleCluster({ store, signal, ...sample }: SampleCreation): Promise<boolean> {
  const { prefix } = sample.keys;
  const mark = prefix + ownFolder + unfinishedName;
  signal.throwIfAborted();
  const { committed, reads } = await store.commit({
    compares: [...besides(prefix), keyRange(mark)].map(isEmpty),
    writes: [{ type: 'put', key: mark, value: Buffer.alloc(0) }],
    onFailure: [keyRange(mark)],
  });
  if (!committed && reads[0]?.length === 0) return false;
  if (!committed) {
    throw new UnfinishedSampleError(
      'The store holds a part of a sample cluster, whose making was interrupted: start with an empty one',
    );
  }
  // The mark holds off whoever else would make one here.
  await importEntries({ store, prefix, entries: sampleCluster(sample), onExisting: 'merge', leaseSeconds: 1, signal });
  // Not lost with a connection: a whole sample that is still marked would be refused for ever.
  const removal = { compares: [], writes: [{ type: 'delete', range: keyRange(mark) }] } as const;
  await commitPatiently(removal, { store, signal, patienceMs });
  return true;
}

/** All of a prefix but the gateways' own folder. */
function besides(prefix: Key): readonly Range[] {
  const [all, own] = [prefixRange(prefix), prefixRange(prefix + ownFolder)];
  return [
    { start: all.start, end: own.start },
    { start: own.end, end: all.end },
  ];
}

function isEmpty(range: Range): Compare {
  return { target: 'version', range, is: '=', number: 0 };
}
