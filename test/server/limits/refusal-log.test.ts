import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { openMetrics } from '../../../src/metrics/index.ts';
import { RefusalLog } from '../../../src/server/limits/refusal-log.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { fixedAuthenticator } from '../../support/fixed-authenticator.ts';
import { startGateway } from '../../support/gateway.ts';
import { samplesIn, samplesOf } from '../../support/prometheus.ts';
import { transportSchema } from '../transport-schema.ts';

describe('The log of what is refused', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open() {
    const lines: object[] = [];
    const log = pino({ base: null, timestamp: false }, { write: (text: string) => lines.push(JSON.parse(text)) });
    const refusals = new RefusalLog({ log, level: 'info', oneByOne: 2, summary: 'more were refused' });
    function refuse(count: number, code: string): void {
      for (let index = 0; index < count; index++) refusals.tell({ message: 'refused', code, fields: { requestId: 'x', code } });
    }
    return { lines, refusals, refuse };
  }

  it('has the first ones of a minute as they are, and one line about all others when it is over', () => {
    const { lines, refuse } = open();
    refuse(1000, 'UNAUTHENTICATED');
    refuse(500, 'RATE_LIMITED');
    const one = { level: 30, requestId: 'x', code: 'UNAUTHENTICATED', msg: 'refused' };
    expect(lines).toEqual([one, one]);
    vi.advanceTimersByTime(59_999);
    expect(lines).toHaveLength(2);
    vi.advanceTimersByTime(1);
    const codes = { UNAUTHENTICATED: 998, RATE_LIMITED: 500 };
    expect(lines.slice(2)).toEqual([{ level: 30, refused: 1498, codes, msg: 'more were refused' }]);
  });

  it('begins again with the next minute, and says nothing of one in which all were told', () => {
    const { lines, refuse } = open();
    refuse(2, 'UNAUTHENTICATED');
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(2);
    refuse(2, 'UNAUTHENTICATED');
    expect(lines).toHaveLength(4);
    vi.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(4);
  });

  it('tells of what it has counted before the gateway goes away', () => {
    const { lines, refusals, refuse } = open();
    refuse(5, 'UNAUTHENTICATED');
    refusals.sumUp();
    expect(lines.slice(2)).toMatchObject([{ refused: 3 }]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('A flood of requests that are refused does not flood the log, and all of them are counted', () => {
  const query = { query: '{ __typename }' };

  it.each([
    ['without a credential', 'UNAUTHENTICATED', 'caller refused', { authenticator: fixedAuthenticator({}) }],
    ['beyond the rate', 'RATE_LIMITED', 'request refused', { limits: { requestsPerSecond: 1, requestBurst: 1 } }],
  ])('%s', async (_which, code, message, options) => {
    const metrics = openMetrics({ version: '1.2.3' });
    const store = openMemoryStore({ log: silentLog });
    const { observer } = metrics;
    const gateway = await startGateway({ store, schema: transportSchema(), observer, ...options });
    onTestFinished(async () => {
      metrics.close();
      await store.close();
    });
    const statuses: number[] = [];
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.post(query)));
      statuses.push(...answers.map(({ status }) => status));
    }
    const refused = statuses.filter((status) => status !== 200).length;
    expect(refused).toBeGreaterThan(150);
    expect(gateway.logLines.filter(({ msg }) => msg === message)).toHaveLength(50);
    const counted = samplesOf(samplesIn(await metrics.text()), 'lochness_gateway_errors_total');
    expect(counted).toEqual({ [`{code="${code}",kind="refused"}`]: refused });
    await gateway.stop();
    const [summary] = gateway.logLines.filter(({ msg }) => msg === 'more were refused in the last minute');
    expect(summary).toMatchObject({ level: 30, refused: refused - 50, codes: { [code]: refused - 50 } });
  });
});
