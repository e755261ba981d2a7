import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { GatewayError } from '../../../src/errors.ts';
import { attemptLimit, stepLimit } from '../../../src/resolvers/commit/commit.ts';
import { commit, isAbsent, put } from '../../../src/resolvers/commit/index.ts';
import { keyFromText } from '../../../src/store/range.ts';
import { type CommitScript, lossesOf } from '../../support/unreliable-store.ts';
import { type CommitSpace, type CounterDecision, decideToIncrement, keys, mutationOf, openCommitSpace } from './commit-space.ts';

let space: CommitSpace;
afterEach(() => space.store.close());

/** Another writer is faster, so many times. */
function overtakenTimes(times: number): CommitScript {
  return Array.from({ length: times }, (_, index) => () => space.set(10 * (index + 1)));
}

describe('A mutation whose ground changes before its commit', () => {
  it('is decided again, from what is there now, and told which attempt it is', async () => {
    space = openCommitSpace(overtakenTimes(2));
    const attempts: [number, string][] = [];
    const done = await commit(mutationOf(space.newContext()), async (context, attempt) => {
      const change = await decideToIncrement(context);
      attempts.push([attempt, change.result.before]);
      return change;
    });
    expect(attempts).toEqual([
      [0, '0'],
      [1, '10'],
      [2, '20'],
    ]);
    expect(done).toEqual({ before: '20', revision: (await space.store.status()).revision });
    expect(await space.count()).toBe(21);
  });

  it('ends in CONFLICT after so many attempts, and has changed nothing', async () => {
    space = openCommitSpace(overtakenTimes(attemptLimit));
    const attempts: number[] = [];
    const committing = commit(mutationOf(space.newContext()), (context, attempt) => {
      attempts.push(attempt);
      return decideToIncrement(context);
    });
    await expect(committing).rejects.toMatchObject({
      code: 'CONFLICT',
      details: {},
      message: expect.stringContaining('nothing was changed'),
    });
    expect(attempts).toEqual(Array.from({ length: attemptLimit }, (_, attempt) => attempt));
    expect(space.link.sent).toBe(attemptLimit);
    expect(await space.count()).toBe(10 * attemptLimit);
    expect(await space.operations()).toEqual([]);
  });

  it('waits a random time before each further attempt', async () => {
    space = openCommitSpace(overtakenTimes(3));
    let drawn = 0;
    const random = () => {
      drawn++;
      return 0;
    };
    await commit(mutationOf(space.newContext({ random })), decideToIncrement);
    expect(drawn).toBe(3);
  });

  it('is not tried again when the client goes away while it waits', async () => {
    space = openCommitSpace(overtakenTimes(attemptLimit));
    const client = new AbortController();
    let attempts = 0;
    const random = () => {
      process.nextTick(() => client.abort());
      return 1;
    };
    const committing = commit(mutationOf(space.newContext({ random, signal: client.signal })), (context) => {
      attempts++;
      return decideToIncrement(context);
    });
    await expect(committing).rejects.toMatchObject({ name: 'AbortError' });
    expect(attempts).toBe(1);
    expect(space.link.sent).toBe(1);
  });

  it('commits nothing when the client went away while it was decided', async () => {
    space = openCommitSpace();
    const client = new AbortController();
    const committing = commit(mutationOf(space.newContext({ signal: client.signal })), async (context) => {
      const change = await decideToIncrement(context);
      client.abort();
      return change;
    });
    await expect(committing).rejects.toMatchObject({ name: 'AbortError' });
    expect(space.link.sent).toBe(0);
  });

  it('is decided again when the history that it reads is gone meanwhile', async () => {
    space = openCommitSpace();
    await space.set(1);
    const attempts: number[] = [];
    const done = await commit(mutationOf(space.newContext()), async (context, attempt) => {
      attempts.push(attempt);
      await context.snapshot.revision();
      if (attempt === 0) {
        await space.set(5);
        await space.forget();
      }
      return decideToIncrement(context);
    });
    expect(attempts).toEqual([0, 1]);
    expect(done.before).toBe('5');
    expect(await space.count()).toBe(6);
  });

  it('ends in CONFLICT when the history is gone each time', async () => {
    space = openCommitSpace();
    const committing = commit(mutationOf(space.newContext()), async (context) => {
      await context.snapshot.revision();
      await space.forget();
      return decideToIncrement(context);
    });
    await expect(committing).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(space.link.sent).toBe(0);
  });

  it('is decided again when the lease that it writes a key under has ended', async () => {
    space = openCommitSpace();
    const old = await space.store.grantLease(60);
    const leases = [old, await space.store.grantLease(60)];
    const done = await commit(mutationOf(space.newContext()), async (context, attempt) => {
      const change = await decideToIncrement(context);
      if (attempt === 0) await space.store.revokeLease(old.id);
      return { ...change, writes: [...change.writes, put('beat', '', leases[attempt]?.id)] };
    });
    expect(done.before).toBe('0');
    expect(await space.count()).toBe(1);
  });

  it('is not decided again when it was refused for a reason', async () => {
    space = openCommitSpace();
    let attempts = 0;
    const committing = commit(mutationOf(space.newContext()), async (): Promise<CounterDecision> => {
      attempts++;
      throw new GatewayError('IN_USE', 'It is used');
    });
    await expect(committing).rejects.toMatchObject({ code: 'IN_USE' });
    expect(attempts).toBe(1);
  });

  const limitBytes = 1024 * 1024;

  it.each([
    [
      'as input, where many texts are too much together',
      [0.5, 0.5, 0.5],
      { code: 'BAD_USER_INPUT', details: { field: 'input' } },
    ],
    ['because of a record that is too large', [0.1, 1, 0.1], { code: 'BROKEN_RECORD', details: { key: 'record 1' } }],
    ['because of the larger record of two', [0.5, 0.6], { code: 'BROKEN_RECORD', details: { key: 'record 1' } }],
  ])('is refused %s, and not as our mistake, when it would write more than fits into a commit', async (_why, shares, error) => {
    space = openCommitSpace();
    const writes = shares.map((share, index) => put(keyFromText(`record ${index}`), Buffer.alloc(share * limitBytes)));
    const committing = commit(mutationOf(space.newContext()), async () => ({ type: 'commit', compares: [], writes, result: {} }));
    await expect(committing).rejects.toMatchObject(error);
    expect(await space.operations()).toEqual([]);
  });
});

describe('A mutation of several steps', () => {
  const part = (number: number) => keys.config(`part/${number}`);
  const parts = 3;

  async function fill(): Promise<void> {
    const writes = Array.from({ length: parts }, (_, number) => put(part(number), ''));
    await space.store.commit({ compares: [], writes });
  }

  /** One part a step, then the counter. */
  async function decideInSteps(context: Context): Promise<CounterDecision> {
    for (let number = 0; number < parts; number++) {
      const entry = await context.snapshot.get(part(number));
      if (entry !== null) {
        const range = { start: part(number) };
        const unchanged = { target: 'modRevision', range, is: '=', number: entry.modRevision } as const;
        return { type: 'step', compares: [unchanged], writes: [{ type: 'delete', range }] };
      }
    }
    const change = await decideToIncrement(context);
    return { ...change, compares: [...change.compares, isAbsent(part(0))] };
  }

  it('does all of them, each from a new view, and then itself', async () => {
    space = openCommitSpace();
    await fill();
    const before = (await space.store.status()).revision;
    const done = await commit(mutationOf(space.newContext()), decideInSteps);
    expect(done).toEqual({ before: '0', revision: before + parts + 1 });
    expect(await space.count()).toBe(1);
  });

  it('does each of them once, whatever becomes of the replies', async () => {
    space = openCommitSpace(['replyLost', 'none', 'replyLost', 'none', 'replyLost', 'none', 'replyLost']);
    await fill();
    const before = (await space.store.status()).revision;
    const done = await commit(mutationOf(space.newContext()), decideInSteps);
    expect(done.revision).toBe(before + parts + 1);
    expect(await space.count()).toBe(1);
  });

  it('counts attempts anew after each step that was done', async () => {
    const races = () => Array.from({ length: attemptLimit - 1 }, () => fill);
    space = openCommitSpace([...races(), 'none', ...races(), 'none']);
    await fill();
    const attempts: number[] = [];
    await commit(mutationOf(space.newContext()), (context, attempt) => {
      attempts.push(attempt);
      return decideInSteps(context);
    });
    expect(Math.max(...attempts)).toBe(attemptLimit - 1);
    expect(await space.count()).toBe(1);
  });

  it('ends when there is more after very many steps, and says that a part of it is done', async () => {
    space = openCommitSpace();
    let steps = 0;
    const committing = commit(mutationOf(space.newContext()), async (): Promise<CounterDecision> => {
      steps++;
      return { type: 'step', compares: [], writes: [] };
    });
    await expect(committing).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('repeat the request') });
    expect(steps).toBe(stepLimit);
  });

  it.each([
    ['is lost again and again', lossesOf('requestLost')],
    ['does not reach the store', ['unavailable']],
    ['is refused for lack of space', ['noSpace']],
  ] as const)('says how many are done when the next one %s, and goes on when it is repeated', async (_why, script) => {
    space = openCommitSpace(['none', 'none', ...script]);
    await fill();
    const run = () => commit(mutationOf(space.newContext()), decideInSteps);
    await expect(run()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: {},
      message: 'The store could not go on when 2 parts of what is to be removed were gone; repeat the request to go on',
    });
    expect(await run()).toMatchObject({ before: '0' });
    expect(await space.count()).toBe(1);
  });

  it('with an idempotency key is repeated as a whole: its steps are not taken for it', async () => {
    space = openCommitSpace();
    await fill();
    const run = () => commit(mutationOf(space.newContext({ idempotencyKey: 'k' })), decideInSteps);
    const first = await run();
    await fill();
    expect(await run()).toEqual(first);
    expect(await space.count()).toBe(1);
  });
});

describe('A mutation whose operation can not be kept', () => {
  it('takes another lease when the shared one was revoked, without an error', async () => {
    space = openCommitSpace();
    await commit(mutationOf(space.newContext()), decideToIncrement);
    const [first] = await space.operations();
    await space.store.revokeLease(first?.leaseId ?? '');
    expect(await commit(mutationOf(space.newContext()), decideToIncrement)).toMatchObject({ before: '1' });
    const [second] = await space.operations();
    expect(second?.leaseId).not.toBe(first?.leaseId);
  });

  it('fails when no lease is granted, has changed nothing, and the next one works', async () => {
    space = openCommitSpace();
    const { link } = space;
    const { grantLease } = link;
    link.grantLease = () => Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'no connection'));
    await expect(commit(mutationOf(space.newContext()), decideToIncrement)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: {},
    });
    expect(await space.count()).toBe(0);
    link.grantLease = grantLease;
    expect(await commit(mutationOf(space.newContext()), decideToIncrement)).toMatchObject({ before: '0' });
  });
});
