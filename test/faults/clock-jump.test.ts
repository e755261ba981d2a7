import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { commitOnce } from '../../src/store/outcome.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { openJumpingClock } from '../support/jumping-clock.ts';
import { openLifecycle } from '../support/lifecycle.ts';
import { ResumingReader } from '../support/resuming-reader.ts';

const hours = 5;
const unavailable = { code: 'STORE_UNAVAILABLE' };
const put = (key: string) => ({ compares: [], writes: [{ type: 'put', key, value: Buffer.from('x') }] }) as const;

describe("a gateway's clock that jumps by hours", () => {
  it.each([hours, -hours])('by %i: what etcd does not answer ends within the request timeout', async (jump) => {
    const { server, close } = await startEtcdWithStore();
    const store = openEtcdStore({ endpoints: [server.url], requestTimeoutMs: 500 });
    await store.status();
    const clock = openJumpingClock();
    server.pause();
    const value = Buffer.from('{}');
    const waiting = [
      store.read({ ranges: [] }),
      store.watch({ range: { start: 'a' } }),
      store.grantLease(60),
      commitOnce(store, put('a'), { token: 'token', value, resolveTimeoutMs: 500 }),
    ];
    const outcomes = Promise.allSettled(waiting);
    clock.jump(jump);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
    server.resume();
    await store.close();
    await close();
  });

  it.each([hours, -hours])('by %i: what etcd answers late is answered', async (jump) => {
    const { server, store, close } = await startEtcdWithStore();
    const { revision } = await store.commit(put('a'));
    const clock = openJumpingClock();
    server.pause();
    const waiting = [store.read({ ranges: [{ start: 'a' }] }), store.commit(put('b')), store.grantLease(60)] as const;
    clock.jump(jump);
    server.resume();
    const [read, commit] = await Promise.all(waiting);
    expect(read.results[0]?.entries).toMatchObject([{ modRevision: revision }]);
    expect(commit).toMatchObject({ committed: true, revision: revision + 1 });
    await close();
  });

  it('repeats no mutation, ends no heartbeat before its time, loses no lease, fails no job, and tells each change once', async () => {
    const { store, close } = await startEtcdWithStore();
    const cluster = await openLifecycle({ store, jobs: { leaseTtlSeconds: 60, timeoutSeconds: 600 } });
    const { gateway, agents, hypervisorIds } = cluster;
    const [hypervisorId] = hypervisorIds;
    const clock = openJumpingClock();
    const reader = new ResumingReader({ url: () => gateway.url, after: (await store.status()).revision });

    const key = randomUUID();
    const query =
      'mutation { createFlavor(input: { imageId: "9f86d081-884c-4d65-a2fe-aa0c55ad015a", resources: { memory: 1, disk: 1, cpu: 1 } }) { flavor { id } } }';
    const createOnce = async () => (await gateway.post({ query }, { 'idempotency-key': key })).json();
    const created = await createOnce();
    const beat = () =>
      cluster.query(`mutation { heartbeat(hypervisorId: "${hypervisorId}", ttlSeconds: 60) { hypervisor { id } } }`);
    const ttlSeconds = async (): Promise<number> => {
      const { hypervisor } = await cluster.query(`{ hypervisor(id: "${hypervisorId}") { isAlive heartbeat { ttlSeconds } } }`);
      expect(hypervisor.isAlive).toBe(true);
      return hypervisor.heartbeat.ttlSeconds;
    };
    await beat();

    for (const jump of [hours, -2 * hours, hours]) {
      // The agent is away while the clock jumps, which is not the agent being away for hours.
      let isAway: boolean = true;
      const [agent] = agents;
      agent?.treat(async () => (isAway ? 'CUT_BEFORE' : 'SERVE'));
      const { guestId, jobId } = await cluster.createGuest();
      const seen = agent?.requests.length ?? 0;
      await expect.poll(() => agent?.requests.length).toBeGreaterThan(seen);
      clock.jump(jump);
      const seenBefore = agent?.requests.length ?? 0;
      await expect.poll(() => agent?.requests.length).toBeGreaterThan(seenBefore);
      isAway = false;
      expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
      expect(agent?.createCount(guestId)).toBe(1);

      expect(await createOnce()).toEqual(created);
      const left = await ttlSeconds();
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60);
      await beat();
    }
    await reader.untilTold((await store.commit(put('lochness/config/mark'))).revision);
    await reader.close();
    expect(reader.endings).toEqual([{ code: null }]);
    const cursors = reader.seen.map(({ cursor }) => cursor);
    expect(new Set(cursors).size).toBe(cursors.length);
    expect(gateway.logLines.map(({ msg }) => msg)).not.toContain('a lease was lost');
    expect(await cluster.leftovers()).toEqual([]);
    await cluster.close();
    await close();
  });
});
