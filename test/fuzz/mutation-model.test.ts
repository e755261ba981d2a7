import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedHome, etcdHome, type MutationStore, memoryHome } from '../mutation/mutation-space.ts';
import { fieldNames } from './model/operation.ts';
import { doneIn, holdBatches, holdOvertaken, holdSequences } from './model/property.ts';

const seed = 1;
const timeout = 240_000;

/** How many runs of each kind. */
const homes = [
  { home: embeddedHome, sequences: 20, batches: 200, overtaken: 400 },
  { home: memoryHome, sequences: 20, batches: 200, overtaken: 400 },
  { home: etcdHome, sequences: 2, batches: 10, overtaken: 20 },
];

/** What a test of random mutations must have met to be one. */
const refusals = ['ALREADY_EXISTS', 'BAD_USER_INPUT', 'CONFLICT', 'INVALID_STATE', 'IN_USE', 'NOT_FOUND', 'NO_CANDIDATES'];

describe.each(homes)('random mutations on $home.name', ({ home, sequences, batches, overtaken }) => {
  let opened: MutationStore;
  beforeAll(async () => {
    opened = await home.open();
  });
  afterAll(() => opened.close());

  it('do one after the other what the model does, and leave nothing when all is deleted', { timeout }, async () => {
    const tally = await holdSequences({ ...opened, seed, runs: sequences });
    const isFull = home === embeddedHome;
    expect(fieldNames.filter((field) => isFull && !tally.has(`${field} done`))).toEqual([]);
    expect(refusals.filter((code) => isFull && ![...tally.keys()].some((name) => name.endsWith(` ${code}`)))).toEqual([]);
  });

  it('do together what they do in some order', { timeout }, async () => {
    const tally = await holdBatches({ ...opened, seed, runs: batches });
    expect(doneIn(tally)).toBeGreaterThan(batches);
  });

  it('that others overtake do what they do behind them', { timeout }, async () => {
    const tally = await holdOvertaken({ ...opened, seed, runs: overtaken });
    expect(doneIn(tally)).toBeGreaterThan(overtaken);
  });
});
