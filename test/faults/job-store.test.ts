import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openServices } from '../../src/context.ts';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { type JobsOptions, openJobs, type RunningJobs } from '../../src/jobs/index.ts';
import { silentLog } from '../../src/log.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { keyRange } from '../../src/store/range.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { type Lifecycle, openLifecycle } from '../support/lifecycle.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const jobsOptions = { concurrency: 32, timeoutSeconds: 600, keepDays: 7, stateSyncSeconds: 0 };

describe('a job whose gateway loses the store', () => {
  let etcd: EtcdWithStore;
  let proxy: TcpProxy;
  let store: Store;
  let cluster: Lifecycle;
  let agent: SimulatedAgent;
  let first: RunningJobs | null;
  beforeEach(async () => {
    etcd = await startEtcdWithStore();
    proxy = await startTcpProxy(etcd.server.port);
    store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 500 });
    // The gateway that answers has a connection of its own; the one that does jobs goes through the proxy.
    cluster = await openLifecycle({ store: etcd.store, jobs: null });
    [agent] = cluster.agents as [SimulatedAgent];
    first = null;
  });
  afterEach(async () => {
    agent.treat(null);
    proxy.resume();
    await first?.close();
    await cluster.close();
    await store.close();
    await proxy.close();
    await etcd.close();
  });

  function startFirst(options: Partial<JobsOptions> = {}): void {
    const services = openServices({ store, prefix: 'lochness/', log: silentLog });
    const jobs = openJobs({ services, ...jobsOptions, ...options });
    first = {
      async close() {
        await jobs.close();
        await services.agents.close();
      },
    };
  }

  /** Holds back what is asked of the agent, from the first such request on; answers how to let it go on. */
  function haltAt(isIt: (method: string, path: string) => boolean) {
    const reached = new Deferred();
    const released = new Deferred();
    agent.treat(async ({ method, path }) => {
      if (isIt(method, path)) {
        reached.resolve();
        await released.promise;
      }
      return 'SERVE' as const;
    });
    return { reached: reached.promise, release: () => released.resolve() };
  }

  const haltAtCreate = () => haltAt((method, path) => method === 'POST' && path === '/guests');
  /** The agent has begun to create the guest. */
  const haltAtPoll = () =>
    haltAt(
      (method, path) => method === 'GET' && path.startsWith('/jobs/') && agent.jobs.some(({ Action }) => Action === 'create'),
    );

  it('goes on when the store is back before its lease ends', async () => {
    startFirst({ leaseTtlSeconds: 30 });
    const halt = haltAtCreate();
    const { guestId, jobId } = await cluster.createGuest();
    await halt.reached;
    proxy.cut();
    proxy.refuse();
    halt.release();
    // It can't write what the agent answered.
    await agent.untilSeen(({ method, path }) => method === 'POST' && path === '/guests');
    proxy.admit();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(agent.createCount(guestId)).toBe(1);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it("is another gateway's when its lease has ended, and the first one writes nothing any more", async () => {
    startFirst({ leaseTtlSeconds: 1 });
    const halt = haltAtPoll();
    const { guestId, jobId } = await cluster.createGuest();
    await halt.reached;
    const lock = await lockOf(jobId);
    proxy.pause('toServer');
    const second = cluster.startJobs({ leaseTtlSeconds: 10 });
    const takenOver = await untilLockChanges(jobId, lock);
    halt.release();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    const revision = async () => (await cluster.query(`{ job(id: "${jobId}") { revision } }`)).job.revision;
    const ended = await revision();
    proxy.resume();
    // What the first one sent has come to the store now, and was refused.
    await store.read({ ranges: [] });
    expect(await revision()).toBe(ended);
    expect(agent.createCount(guestId)).toBe(1);
    expect(takenOver).toBeGreaterThan(lock);
    expect(await cluster.leftovers()).toEqual([]);
    const { guest } = await cluster.query(`{ guest(id: "${guestId}") { state } }`);
    expect(guest.state).toBe('RUNNING');
    await second.close();
  });

  it('is taken up again when its lease is revoked in the store, and is done once', async () => {
    startFirst();
    const halt = haltAtPoll();
    const { guestId, jobId } = await cluster.createGuest();
    await halt.reached;
    const key = `lochness/jobs/${jobId}.lock`;
    const { results } = await etcd.store.read({ ranges: [keyRange(key)] });
    const leaseId = results[0]?.entries[0]?.leaseId ?? '';
    await etcd.store.revokeLease(leaseId);
    halt.release();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(agent.createCount(guestId)).toBe(1);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('goes on when etcd was killed and started again', async () => {
    startFirst({ leaseTtlSeconds: 30 });
    const halt = haltAtCreate();
    const { guestId, jobId } = await cluster.createGuest();
    await halt.reached;
    await etcd.server.kill();
    halt.release();
    await etcd.server.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(agent.createCount(guestId)).toBe(1);
    expect(await cluster.leftovers()).toEqual([]);
  });

  /** When the lock was taken. */
  async function lockOf(jobId: string): Promise<Revision> {
    const { results } = await etcd.store.read({ ranges: [keyRange(`lochness/jobs/${jobId}.lock`)] });
    const lock = results[0]?.entries[0];
    if (lock === undefined) throw new Error('Nobody holds the job');
    return lock.createRevision;
  }

  /** Waits until somebody else holds it. */
  async function untilLockChanges(jobId: string, before: Revision): Promise<Revision> {
    const watch = await etcd.store.watch({ range: keyRange(`lochness/jobs/${jobId}.lock`), after: before });
    try {
      for await (const { changes } of watch)
        for (const { current } of changes) if (current !== null) return current.createRevision;
      throw new Error('The watch ended');
    } finally {
      await watch.close();
    }
  }
});
