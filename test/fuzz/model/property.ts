import fc from 'fast-check';
import type { Store } from '../../../src/store/store.ts';
import { type MutationStore, openMutationSpace } from '../../mutation/mutation-space.ts';
import { jitteryStore } from '../../support/jittery-store.ts';
import { randomFrom } from '../../support/random.ts';
import { cleanup } from './cleanup.ts';
import { cluster } from './cluster.ts';
import type { Model } from './model.ts';
import { Run, type Tally } from './run.ts';
import { batch, lifeBefore, overtaken, type Step, step } from './step.ts';

export interface ModelRuns extends Omit<MutationStore, 'close'> {
  /** The runs of the same seed are the same. */
  readonly seed: number;
  readonly runs: number;
  /** For the runs, and for the search for a shorter one that fails, too. */
  readonly timeLimitMs?: number;
}

const defaultTimeLimitMs = 180_000;

function assertFor<T>(
  property: fc.IAsyncProperty<T>,
  { seed, runs, timeLimitMs = defaultTimeLimitMs }: ModelRuns,
): Promise<void> {
  const limit = { interruptAfterTimeLimit: timeLimitMs, markInterruptAsFailure: true };
  return fc.assert(property, { seed, numRuns: runs, ...limit });
}

const isMostlyFilled = fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const stepsInSequence = { minLength: 40, maxLength: 80 };

/** One mutation after the other, each held against the model; in the end everything is deleted, and nothing may be left. */
export async function holdSequences(runs: ModelRuns): Promise<Tally> {
  const tally: Tally = new Map();
  const property = fc.asyncProperty(fc.array(step, stepsInSequence), isMostlyFilled, async (steps, isFilled) => {
    const space = await openMutationSpace(runs.store, runs.memory);
    const run = await Run.begin({ space, tally });
    for (const one of isFilled ? cluster : []) await run.take(one);
    for (const one of steps) await run.take(one);
    for (const one of cleanup(run.model)) await run.take(one);
    await run.checkEmpty();
    space.leave();
  });
  await assertFor(property, runs);
  return tally;
}

const stepsBefore = { maxLength: 3 };
const racesInRun = { minLength: 1, maxLength: 2 };

/** Several mutations at once, in a small cluster in which some others were done before. */
export function holdBatches(runs: ModelRuns): Promise<Tally> {
  return holdRaces(runs, batch, jitteryStore);
}

/** Mutations that others overtake between what they read and their commit: each compares all that it rested on. */
export function holdOvertaken(runs: ModelRuns): Promise<Tally> {
  return holdRaces(runs, overtaken, (store) => store);
}

type Behind = (store: Store, random: () => number) => Store;

async function holdRaces(runs: ModelRuns, race: fc.Arbitrary<Step>, behind: Behind): Promise<Tally> {
  const tally: Tally = new Map();
  const from = await builtCluster(runs.store);
  const [before, races] = [fc.array(step, stepsBefore), fc.array(race, racesInRun)];
  const property = fc.asyncProperty(lifeBefore, before, races, fc.nat(), async (life, first, then, interleaving) => {
    const space = await openMutationSpace(behind(runs.store, randomFrom(interleaving)), runs.memory);
    const run = await Run.begin({ space, tally, from });
    for (const one of [...life, ...first, ...then]) await run.take(one);
    space.leave();
  });
  await assertFor(property, runs);
  return tally;
}

/** How many mutations were done. */
export function doneIn(tally: Tally): number {
  return [...tally].reduce((sum, [name, count]) => sum + (name.endsWith(' done') ? count : 0), 0);
}

async function builtCluster(store: Store): Promise<Model> {
  const run = await Run.begin({ space: await openMutationSpace(store), tally: new Map() });
  for (const one of cluster) await run.take(one);
  return run.model;
}
