import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { keyRange } from '../../src/store/range.ts';
import { Deferred } from '../support/deferred.ts';
import { type Lifecycle, openLifecycle } from '../support/lifecycle.ts';

let cluster: Lifecycle;
afterEach(() => cluster.close());

function write(key: string, value: string | Buffer) {
  return cluster.store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

describe('a job whose record another program breaks while it is worked on', () => {
  it('is given up, and is done when the record is mended', async () => {
    cluster = await openLifecycle({ hypervisorCount: 1 });
    const [agent] = cluster.agents as [SimulatedAgent];
    const [asked, released] = [new Deferred(), new Deferred()];
    agent.treat(async ({ method, path }) => {
      if (method !== 'POST' || path !== '/guests') return 'SERVE' as const;
      asked.resolve();
      await released.promise;
      return 'SERVE' as const;
    });
    const { guestId, jobId } = await cluster.createGuest();
    await asked.promise;
    const key = `lochness/jobs/${jobId}`;
    const { results } = await cluster.store.read({ ranges: [keyRange(key)] });
    const { revision } = await write(key, '{');
    const locks = await cluster.store.watch({ range: keyRange(`${key}.lock`), after: revision });
    released.resolve();
    for await (const { changes } of locks) if (changes.some(({ current }) => current === null)) break;
    await write(key, results[0]?.entries[0]?.value ?? '');
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(agent.createCount(guestId)).toBe(1);
    expect(await cluster.leftovers()).toEqual([]);
  });
});
