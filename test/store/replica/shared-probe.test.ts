import { describe, expect, it } from 'vitest';
import { SharedProbe } from '../../../src/store/replica/shared-probe.ts';
import { Deferred } from '../../support/deferred.ts';

describe('a shared probe', () => {
  it('asks once for all who come before it leaves', async () => {
    const { probe, answers } = scripted();
    const first = [probe.newest(), probe.newest()];
    await nextTurns();
    expect(answers.length).toBe(1);
    answers[0]?.resolve(7);
    expect(await Promise.all(first)).toEqual([7, 7]);
  });

  it('gives who comes after it left the answer of the next one', async () => {
    const { probe, answers } = scripted();
    const early = probe.newest();
    await nextTurns();
    const late = [probe.newest(), probe.newest()];
    await nextTurns();
    expect(answers.length).toBe(1);
    answers[0]?.resolve(7);
    expect(await early).toBe(7);
    await nextTurns();
    expect(answers.length).toBe(2);
    answers[1]?.resolve(8);
    expect(await Promise.all(late)).toEqual([8, 8]);
    expect(probe.count).toBe(2);
  });

  it('fails those who shared it, and nobody else', async () => {
    const { probe, answers } = scripted();
    const early = probe.newest();
    await nextTurns();
    const late = probe.newest();
    answers[0]?.reject(new Error('away'));
    await expect(early).rejects.toThrow('away');
    await nextTurns();
    answers[1]?.resolve(9);
    expect(await late).toBe(9);
  });
});

/** The one in which others may still come, and the one behind it. */
async function nextTurns(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

function scripted() {
  const answers: Deferred<number>[] = [];
  const probe = new SharedProbe(() => {
    const answer = new Deferred<number>();
    answers.push(answer);
    return answer.promise;
  });
  return { probe, answers };
}
