import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commit } from '../../../src/resolvers/commit/index.ts';
import { OutcomeUnknownError } from '../../../src/store/store.ts';
import { type CommitScript, lossesOf } from '../../support/unreliable-store.ts';
import { type CommitSpace, decideToIncrement, mutationOf, openCommitSpace } from './commit-space.ts';

const unchanged = { code: 'STORE_UNAVAILABLE', details: {} };
const unknown = { code: 'STORE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } };

let space: CommitSpace;
function open(...script: CommitScript): void {
  space = openCommitSpace(script);
}
function increment(idempotencyKey: string | null = null) {
  return commit(mutationOf(space.newContext({ idempotencyKey })), decideToIncrement);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await space.store.close();
});

/** No answer, for longer than anybody waits for one. */
function silence(): never {
  vi.advanceTimersByTime(60_000);
  throw new OutcomeUnknownError('no answer');
}

describe('A mutation whose connection to the store breaks', () => {
  it('behind its commit is done once, and answers as if nothing had happened', async () => {
    open('replyLost');
    const done = await increment();
    expect(done).toEqual({ before: '0', revision: (await space.store.status()).revision });
    expect(await space.count()).toBe(1);
  });

  it('is done when its late commit arrives before anybody asks what became of it', async () => {
    open('requestLate', 'requestLost', () => space.link.arrive());
    expect(await increment()).toMatchObject({ before: '0' });
    expect(await space.count()).toBe(1);
  });

  it('on a store that is not there fails, and has changed nothing', async () => {
    open('unavailable');
    await expect(increment()).rejects.toMatchObject(unchanged);
    expect(await space.count()).toBe(0);
    expect(space.link.sent).toBe(1);
  });

  it('for good says that nobody knows, whether it was done or not', async () => {
    open('replyLost', silence);
    await expect(increment()).rejects.toMatchObject(unknown);
    expect(await space.count()).toBe(1);
    await space.store.close();
    open('requestLost', silence);
    await expect(increment()).rejects.toMatchObject(unknown);
    expect(await space.count()).toBe(0);
  });

  it('says that nobody knows when the key that would tell has gone with its lease', async () => {
    open('replyLost', async () => {
      const [operation] = await space.operations();
      await space.store.revokeLease(operation?.leaseId ?? '');
    });
    await expect(increment()).rejects.toMatchObject(unknown);
    expect(await space.count()).toBe(1);
    // The next one finds the lease gone, and takes another.
    expect(await increment()).toMatchObject({ before: '1' });
  });

  it('may be repeated with its idempotency key, whatever it was told: it is done once', async () => {
    const losses = [lossesOf('requestLost'), lossesOf('requestLate')];
    for (const script of [['replyLost', silence] as const, ['requestLost', silence] as const, ...losses]) {
      open(...script);
      await expect(increment('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(await increment('k')).toMatchObject({ before: '0' });
      await space.link.arrive();
      expect(await increment('k')).toMatchObject({ before: '0' });
      expect(await space.count()).toBe(1);
      await space.store.close();
    }
    open();
  });

  it('is answered with what a repetition did meanwhile', async () => {
    open('requestLate', async () => {
      expect(await increment('k')).toMatchObject({ before: '0' });
      await space.set(7);
    });
    expect(await increment('k')).toMatchObject({ before: '0' });
    await space.link.arrive();
    expect(await space.count()).toBe(7);
  });
});
