import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { hasErrorCode } from '../../../src/errors.ts';
import { bridgedMs, commit } from '../../../src/resolvers/commit/commit.ts';
import { type Change, type Decision, put } from '../../../src/resolvers/commit/index.ts';
import { prefixRange } from '../../../src/store/range.ts';
import { type CommitScript, commitFaults, lossesOf } from '../../support/unreliable-store.ts';
import {
  type CommitSpace,
  type ContextOptions,
  type CounterDecision,
  decideToIncrement,
  decideToLeave,
  keys,
  mutationOf,
  openCommitSpace,
  openCommitStore,
} from './commit-space.ts';

const unchanged = { code: 'STORE_UNAVAILABLE', details: {} };

let space: CommitSpace;
function open(...script: CommitScript): void {
  space = openCommitSpace(script);
}
function increment(options: ContextOptions = {}) {
  return commit(mutationOf(space.newContext(options)), decideToIncrement);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await space.store.close();
});

describe('A mutation whose commit is lost on its way to the store', () => {
  it('is decided again, and done once', async () => {
    open('requestLost');
    const done = await increment();
    expect(done).toEqual({ before: '0', revision: (await space.store.status()).revision });
    expect(await space.count()).toBe(1);
  });

  it('is done once when that commit, and what asked about it, arrive late', async () => {
    open('requestLate', 'requestLate', 'none');
    expect(await increment()).toMatchObject({ before: '0' });
    await space.link.arrive();
    expect(await space.count()).toBe(1);
  });

  it('is done once when that commit arrives while it is decided again', async () => {
    open('requestLate');
    const decide = async (...given: Parameters<typeof decideToIncrement>): Promise<CounterDecision> => {
      const decision = await decideToIncrement(...given);
      await space.link.arrive();
      return decision;
    };
    expect(await commit(mutationOf(space.newContext()), decide)).toMatchObject({ before: '0' });
    expect(await space.count()).toBe(1);
  });

  it('is decided from what others made of it meanwhile', async () => {
    open('requestLate', () => space.set(7));
    expect(await increment()).toMatchObject({ before: '7' });
    await space.link.arrive();
    expect(await space.count()).toBe(8);
  });

  it('is refused where others made it impossible meanwhile, and has changed nothing', async () => {
    open('requestLate', () => space.set(7));
    const decide = async (context: Context): Promise<CounterDecision> => {
      const decision = await decideToIncrement(context);
      if (decision.result.before === '7') throw new Error('it must not be 7');
      return decision;
    };
    await expect(commit(mutationOf(space.newContext()), decide)).rejects.toThrow('it must not be 7');
    await space.link.arrive();
    expect(await space.count()).toBe(7);
  });

  it('has lost no race: what it is told of those does not count it', async () => {
    open('requestLost');
    const races: number[] = [];
    await commit(mutationOf(space.newContext()), (context, attempt) => {
      races.push(attempt);
      return decideToIncrement(context);
    });
    expect(races).toEqual([0, 0]);
  });

  it('is answered once, where it finds that there is nothing to change and that is kept', async () => {
    open('requestLate');
    const options = { idempotencyKey: 'k' };
    const first = await commit(mutationOf(space.newContext(options)), decideToLeave);
    await space.link.arrive();
    expect(await commit(mutationOf(space.newContext(options)), decideToIncrement)).toEqual(first);
    expect(await space.count()).toBe(0);
  });

  it('takes each of its steps once', async () => {
    open('requestLate', 'none', 'replyLost', 'none', 'requestLate');
    const decide = async (context: Context): Promise<Decision<{ before: string }>> => {
      const { result, compares, writes } = await decideToIncrement(context);
      return { type: result.before === '2' ? 'commit' : 'step', compares, writes, result };
    };
    expect(await commit(mutationOf(space.newContext()), decide)).toMatchObject({ before: '2' });
    await space.link.arrive();
    expect(await space.count()).toBe(3);
  });

  it('again and again says that nothing was changed, and so it is', async () => {
    for (const fault of ['requestLost', 'requestLate'] as const) {
      const script = lossesOf(fault);
      space = openCommitSpace(script);
      await expect(increment()).rejects.toMatchObject(unchanged);
      expect(space.link.sent).toBe(script.length);
      await space.link.arrive();
      expect(await space.count()).toBe(0);
      await space.store.close();
    }
    open();
  });

  it('is not begun again when that was long ago', async () => {
    open('requestLate', () => vi.advanceTimersByTime(bridgedMs));
    await expect(increment()).rejects.toMatchObject(unchanged);
    expect(space.link.sent).toBe(2);
    await space.link.arrive();
    expect(await space.count()).toBe(0);
  });

  it('is not begun again when its client is gone', async () => {
    const controller = new AbortController();
    open('requestLate', () => controller.abort());
    await expect(increment({ signal: controller.signal })).rejects.toMatchObject(unchanged);
    expect(space.link.sent).toBe(2);
    expect(await space.count()).toBe(0);
  });

  it('waits in short for the first answers, and then as long as the store does', async () => {
    open('requestLost', 'requestLost', 'none', 'requestLost');
    const commits = vi.spyOn(space.link, 'commit');
    await increment();
    const [sent, fence, fenceAgain, again] = commits.mock.calls.map(([transaction]) => transaction.isHasty);
    expect([sent, fence, fenceAgain, again]).toEqual([true, true, false, false]);
  });

  it('counts as one attempt that was lost', async () => {
    open('requestLost');
    const context = space.newContext();
    const attempted = vi.fn();
    const observer = { ...context.observer, commits: { attempted } };
    await commit(mutationOf({ ...space.newContext(), observer }), decideToIncrement);
    expect(attempted.mock.calls).toEqual([
      ['increment', 'lost'],
      ['increment', 'done'],
    ]);
  });
});

describe('A mutation that the store has no space for', () => {
  it('is not tried again', async () => {
    open('noSpace');
    await expect(increment()).rejects.toMatchObject(unchanged);
    expect(space.link.sent).toBe(1);
  });

  it('is not tried again either where its first commit was lost', async () => {
    open('requestLate', 'none', 'noSpace');
    await expect(increment()).rejects.toMatchObject(unchanged);
    expect(space.link.sent).toBe(3);
    await space.link.arrive();
    expect(await space.count()).toBe(0);
  });
});

describe('Mutations of several gateways, whose commits are lost, late and done without a word', () => {
  const operation = fc.record({
    // Each loss is asked about after a pause, the longer the more there are.
    script: fc.array(fc.constantFrom(...commitFaults, 'lateArrives' as const), { maxLength: 6 }),
    idempotencyKey: fc.constantFrom('a', 'b', null),
  });

  it('are done once each, also where two of them are the same', async () => {
    open();
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 6 }), async (operations) => {
        const world = openCommitStore();
        const endings = await Promise.all(
          operations.map(async ({ script, idempotencyKey }, index) => {
            const arrive = () => own.link.arrive();
            const own: CommitSpace = openCommitSpace(
              script.map((fault) => (fault === 'lateArrives' ? arrive : fault)),
              world,
            );
            const ending = await endingOf(own, { idempotencyKey, random: Math.random });
            // Nobody may notice what comes when all has been told.
            await arrive();
            return { name: idempotencyKey ?? `#${index}`, ending };
          }),
        );
        const told = new Map(endings.filter(({ ending }) => ending !== null).map(({ name, ending }) => [name, ending]));
        for (const { name, ending } of endings) if (ending !== null) expect(ending).toBe(told.get(name));
        const { results } = await world.read({ ranges: [prefixRange(keys.config(''))] });
        expect(new Set(results[0]?.entries.map(({ key }) => key))).toEqual(new Set(told.values()));
        await world.close();
      }),
      { numRuns: 30 },
    );
  });
});

/** Adds a key of which nobody knew: nothing but the operation itself keeps it from being done twice. */
async function decideToAdd({ newId }: Context): Promise<Change<{ key: string }>> {
  const key = keys.config(newId());
  return { type: 'commit', compares: [], writes: [put(key, '')], result: { key } };
}

/** What was added; null where it was told that nothing was changed. */
async function endingOf({ newContext }: CommitSpace, options: ContextOptions): Promise<string | null> {
  try {
    return (await commit(mutationOf(newContext(options)), decideToAdd)).key;
  } catch (error) {
    if (hasErrorCode(error, 'STORE_UNAVAILABLE') && error.details.outcome === undefined) return null;
    throw error;
  }
}
