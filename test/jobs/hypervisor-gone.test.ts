import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { Deferred } from '../support/deferred.ts';
import { type Lifecycle, openLifecycle } from '../support/lifecycle.ts';

let cluster: Lifecycle;
let agent: SimulatedAgent;
let hypervisorId: string;
beforeEach(async () => {
  cluster = await openLifecycle({ hypervisorCount: 1 });
  [agent] = cluster.agents as [SimulatedAgent];
  [hypervisorId] = cluster.hypervisorIds as [string];
});
afterEach(() => cluster.close());

/** As another tool deletes it, whatever is on it. */
async function removeHypervisor(): Promise<void> {
  const start = `lochness/hypervisors/${hypervisorId}/`;
  await cluster.store.commit({
    compares: [],
    writes: [{ type: 'delete', range: { start, end: start.replace(/\/$/, '0') } }],
  });
}

describe('a hypervisor that is removed while a job of it is under way', () => {
  it.each(['CREATE', 'RESTART'])('fails the job at once where its agent is away, and says why (%s)', async (action) => {
    const guestId = action === 'CREATE' ? null : await cluster.createdGuest();
    const isAway = new Deferred();
    agent.treat(() => {
      isAway.resolve();
      return 'CUT_BEFORE';
    });
    const jobId = guestId === null ? (await cluster.createGuest({ on: 0 })).jobId : await cluster.act(guestId, action);
    await isAway.promise;
    await removeHypervisor();
    const error = `There is no hypervisor ${hypervisorId} any more`;
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error });
  });

  it('lets the job come to its end where its agent goes on with it', async () => {
    const guestId = await cluster.createdGuest();
    const [polled, removed] = [new Deferred(), new Deferred()];
    agent.treat(async ({ method, path }) => {
      if (method !== 'GET' || !path.startsWith('/jobs/')) return 'SERVE' as const;
      polled.resolve();
      await removed.promise;
      return 'SERVE' as const;
    });
    const jobId = await cluster.act(guestId, 'SHUTDOWN');
    await polled.promise;
    await removeHypervisor();
    removed.resolve();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
  });
});
