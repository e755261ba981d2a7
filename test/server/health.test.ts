import { afterAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openReadiness } from '../../src/server/readiness.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { StoreStatus } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { startGateway } from '../support/gateway.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog, now: () => 100 });
afterAll(() => store.close());

describe('/health and /ready', () => {
  it('tell apart a process that is up and a store that can be reached', async () => {
    const lost = openMemoryStore({ log: silentLog });
    const gateway = await startGateway({ store: lost, schema: transportSchema() });
    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(gateway.origin + path);
      return [response.status, await response.json()];
    };
    expect(await ask('/health')).toEqual([200, { status: 'up' }]);
    expect(await ask('/ready')).toEqual([200, { status: 'ready', store: 'embedded', revision: expect.any(Number) }]);
    await lost.close();
    expect(await ask('/health')).toEqual([200, { status: 'up' }]);
    expect(await ask('/ready')).toEqual([503, { status: 'unavailable', reason: "The embedded store can't be reached" }]);
    await gateway.stop();
  });
});

describe('Readiness', () => {
  it('does not wait longer for the store than it is given', async () => {
    const readiness = openReadiness({
      store: Object.assign(Object.create(store), { status: () => new Promise<StoreStatus>(() => undefined) }),
      isStopping: () => false,
      timeoutMs: 10,
    });
    expect(await readiness()).toEqual({ status: 'unavailable', reason: 'The embedded store did not answer within 10 ms' });
  });

  it('asks the store once for probes that come together, and again for the next one', async () => {
    const asked: AbortSignal[] = [];
    const answer = new Deferred<StoreStatus>();
    const status = (signal: AbortSignal): Promise<StoreStatus> => {
      asked.push(signal);
      return answer.promise;
    };
    const readiness = openReadiness({ store: Object.assign(Object.create(store), { status }), isStopping: () => false });
    const probes = [readiness(), readiness(), readiness()];
    answer.resolve({ kind: 'embedded', version: null, healthy: true, revision: 7 });
    for (const probe of probes) expect(await probe).toEqual({ status: 'ready', store: 'embedded', revision: 7 });
    expect(asked).toHaveLength(1);
    await readiness();
    expect(asked).toHaveLength(2);
  });
});
