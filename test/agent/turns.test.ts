import { describe, expect, it } from 'vitest';
import { openTurns, TooManyWaiting } from '../../src/agent/turns.ts';

const { signal } = new AbortController();

/** Whether a promise is settled once all that can happen by itself has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise(setImmediate);
  return settled;
}

describe('turns', () => {
  it('are had at once up to the limit, and then in order as others end', async () => {
    const turns = openTurns({ limit: 2, waitingLimit: 10 });
    const [first, second] = [await turns.take('a', signal), await turns.take('a', signal)];
    const [third, fourth] = [turns.take('a', signal), turns.take('a', signal)];
    expect(await isSettled(third)).toBe(false);
    first();
    const endThird = await third;
    expect(await isSettled(fourth)).toBe(false);
    second();
    endThird();
    (await fourth)();
    expect(await isSettled(turns.take('a', signal))).toBe(true);
  });

  it('are counted for each key', async () => {
    const turns = openTurns({ limit: 1, waitingLimit: 1 });
    await turns.take('a', signal);
    expect(await isSettled(turns.take('b', signal))).toBe(true);
  });

  it('are refused where too many wait already', async () => {
    const turns = openTurns({ limit: 1, waitingLimit: 1 });
    const end = await turns.take('a', signal);
    const waiting = turns.take('a', signal);
    await expect(turns.take('a', signal)).rejects.toBeInstanceOf(TooManyWaiting);
    end();
    await waiting;
    expect(await isSettled(turns.take('a', signal))).toBe(false);
  });

  it('are not had by who left', async () => {
    const turns = openTurns({ limit: 1, waitingLimit: 10 });
    const end = await turns.take('a', signal);
    const controller = new AbortController();
    const left = turns.take('a', controller.signal);
    const next = turns.take('a', signal);
    controller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(turns.take('a', controller.signal)).rejects.toThrow('gone');
    end();
    expect(await isSettled(next)).toBe(true);
    // Who left after that leaves nothing.
    const last = turns.take('a', signal);
    (await next)();
    expect(await isSettled(last)).toBe(true);
  });
});
