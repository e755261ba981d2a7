import { describe, expect, it } from 'vitest';
import { embeddedHome, etcdHome } from '../mutation/mutation-space.ts';
import { doneIn, holdBatches, holdOvertaken, holdSequences } from './model/property.ts';

const homes = [
  { home: embeddedHome, seeds: 5, sequences: 300, batches: 3000, overtaken: 10_000 },
  { home: etcdHome, seeds: 1, sequences: 20, batches: 300, overtaken: 600 },
];
const cases = homes.flatMap(({ seeds, ...rest }) => Array.from({ length: seeds }, (_, seed) => ({ ...rest, seed: 100 + seed })));

describe.each(cases)('many random mutations on $home.name (seed $seed)', ({ home, seed, sequences, batches, overtaken }) => {
  it.each([
    ['one after the other', holdSequences, sequences],
    ['together', holdBatches, batches],
    ['overtaken by others', holdOvertaken, overtaken],
  ])('do, %s, what the model does', { timeout: 3_600_000 }, async (_how, hold, runs) => {
    const opened = await home.open();
    const tally = await hold({ store: opened.store, seed, runs, timeLimitMs: 3_000_000 });
    await opened.close();
    expect(doneIn(tally)).toBeGreaterThan(runs);
  });
});
