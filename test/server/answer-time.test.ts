import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Memory } from '../../src/store/memory.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { samplesIn, samplesOf } from '../support/prometheus.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { transportSchema } from './transport-schema.ts';

/** Only the clock by which operations are timed stands still: sockets and timers go on. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A gateway whose store says whether its memory is fresh when the test says so. */
async function openHeld(way: 'HTTP' | 'WebSocket' = 'HTTP') {
  const metrics = openMetrics({ version: '1.2.3' });
  const store = openMemoryStore({ log: silentLog });
  let asked = new Deferred<void>();
  let answer = new Deferred<boolean>();
  let questions = 0;
  const memory = memoryWith(store.memory, {
    freshen() {
      questions++;
      asked.resolve();
      return answer.promise;
    },
  });
  const gateway = await startGateway({ store, memory, schema: transportSchema(), observer: metrics.observer });
  await gateway.services.catalog?.loaded;
  const socket = way === 'HTTP' ? null : await openSocketClient(gateway.url);
  onTestFinished(async () => {
    socket?.cut();
    await gateway.stop();
    await store.close();
    metrics.close();
  });
  return {
    gateway,
    questions: () => questions,
    /** Asks, and has the store answer so many milliseconds after it was asked. */
    async ask(query: string, { answersAfterMs, by }: { readonly answersAfterMs: number; readonly by: boolean | Error }) {
      [asked, answer] = [new Deferred(), new Deferred()];
      const answered = (socket ?? gateway).ask(query);
      await asked.promise;
      vi.advanceTimersByTime(answersAfterMs);
      if (by instanceof Error) answer.reject(by);
      else answer.resolve(by);
      return answered;
    },
    seconds: async () => samplesOf(samplesIn(await metrics.text()), 'lochness_gateway_operation_duration_seconds_sum'),
  };
}

function memoryWith(memory: Memory, changed: Partial<Memory>): Memory {
  return new Proxy(memory, {
    get(target, name) {
      const member: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const operations = ({ logLines }: Gateway) => logLines.filter(({ msg }) => msg === 'operation');

describe('The time that an answer took', () => {
  it('is that of the wait for the store too, whether it was executed or reused', async () => {
    const { gateway, ask, seconds } = await openHeld();
    const query = 'query Look { value(key: "lochness/a") }';
    await ask(query, { answersAfterMs: 5000, by: true });
    await ask(query, { answersAfterMs: 3000, by: true });
    expect(operations(gateway)).toMatchObject([{ durationMs: 5000 }, { durationMs: 3000, reused: true }]);
    expect(await seconds()).toEqual({ '{kind="query",operation="Look"}': 8 });
  });

  it.each([
    ['does not answer', new GatewayError('STORE_UNAVAILABLE', 'It is away')],
    ['is to be read itself', false],
  ])('is that of the wait where the store %s', async (_what, by) => {
    const { gateway, ask } = await openHeld();
    await ask('query Look { value(key: "lochness/a") }', { answersAfterMs: 4000, by });
    expect(operations(gateway)).toMatchObject([{ operation: 'Look', durationMs: 4000 }]);
  });
});

describe('A store that does not answer', () => {
  it.each(['HTTP', 'WebSocket'] as const)('is waited for once by %s, though the query has been planned', async (way) => {
    const { ask, questions } = await openHeld(way);
    const query = '{ value(key: "lochness/a") }';
    const away = new GatewayError('STORE_UNAVAILABLE', 'It is away');
    await ask(query, { answersAfterMs: 0, by: away });
    for (const asked of [1, 2, 3]) {
      expect(questions()).toBe(asked);
      const { errors } = await ask(query, { answersAfterMs: 0, by: away });
      expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE' } }]);
    }
    expect(questions()).toBe(4);
  });
});
