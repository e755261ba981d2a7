import { describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it('fails those who shared it, and those who waited for it', async () => {
    const { probe, answers } = scripted();
    const early = probe.newest();
    await nextTurns();
    const late = [probe.newest(), probe.newest()];
    answers[0]?.reject(new Error('away'));
    for (const newest of [early, ...late]) await expect(newest).rejects.toThrow('away');
    await nextTurns();
    expect(answers.length).toBe(1);
  });

  it('asks anew for who comes right behind a failure, though others still hear of it', async () => {
    const { probe, answers } = scripted();
    const again = probe.newest().catch(() => probe.newest());
    await nextTurns();
    const late = probe.newest();
    answers[0]?.reject(new Error('away'));
    await expect(late).rejects.toThrow('away');
    await nextTurns();
    answers[1]?.resolve(9);
    expect(await again).toBe(9);
  });

  it('lets nobody wait for longer than one question takes to fail', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const probe = new SharedProbe(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      throw new Error('no answer within 5 s');
    });
    const waitsMs: number[] = [];
    for (let count = 0; count < 14; count++) {
      const askedAt = performance.now();
      probe.newest().catch(() => waitsMs.push(performance.now() - askedAt));
      await vi.advanceTimersByTimeAsync(900);
    }
    await vi.advanceTimersByTimeAsync(20_000);
    expect(waitsMs).toHaveLength(14);
    expect(Math.max(...waitsMs)).toBe(5000);
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
