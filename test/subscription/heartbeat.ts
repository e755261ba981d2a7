import { expect, it } from 'vitest';
import { heartbeat, hypervisor } from '../mutation/guest-fixture.ts';
import { hypervisorRecord, id } from '../support/record.ts';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const key = `hypervisors/${hypervisor}/heartbeat`;
const otherKey = `hypervisors/${id('d', 2)}/heartbeat`;

const document = `subscription ($ids: [ID!], $beats: Boolean! = true) {
  hypervisorHeartbeat(hypervisorIds: $ids, beats: $beats) {
    status hypervisorId revision hypervisor { id name isAlive } heartbeat { value at revision ttlSeconds }
  }
}`;

export function heartbeatEvents(space: Space): void {
  it('tells of the first one, of each one more, and of the last one', async () => {
    const { services, put, remove } = space();
    await put(`hypervisors/${hypervisor}/metadata`, hypervisorRecord({ metadata: { name: 'h1' } }));
    const events = await openEvents(space(), document);
    const lease = await services.store.grantLease(60);
    const value = Buffer.from('2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550');
    const { revision: alive } = await services.store.commit({
      compares: [],
      writes: [{ type: 'put', key: `lochness/${key}`, value, leaseId: lease.id }],
    });
    const beat = await put(key, 'again');
    const dead = await remove(key);
    const at = '2026-11-22T23:00:13.313920112Z';
    expect(await events.take(3)).toEqual([
      {
        status: 'ALIVE',
        hypervisorId: hypervisor,
        revision: String(alive),
        hypervisor: { id: hypervisor, name: 'h1', isAlive: true },
        heartbeat: { value: value.toString(), at, revision: String(alive), ttlSeconds: null },
      },
      {
        status: 'BEAT',
        hypervisorId: hypervisor,
        revision: String(beat),
        hypervisor: { id: hypervisor, name: 'h1', isAlive: true },
        heartbeat: { value: 'again', at: null, revision: String(beat), ttlSeconds: null },
      },
      {
        status: 'DEAD',
        hypervisorId: hypervisor,
        revision: String(dead),
        hypervisor: { id: hypervisor, name: 'h1', isAlive: false },
        heartbeat: null,
      },
    ]);
  });

  it('tells of the transitions alone when it is asked so', async () => {
    const { put, putAll, remove } = space();
    const events = await openEvents(space(), document, { variables: { beats: false } });
    await put(key, '1');
    await put(key, '2');
    await remove(key);
    await putAll(heartbeat);
    expect((await events.take(3)).map(({ status }) => status)).toEqual(['ALIVE', 'DEAD', 'ALIVE']);
  });

  it('tells of those alone that it is asked for, in any spelling of their ids', async () => {
    const { put } = space();
    const events = await openEvents(space(), document, { variables: { ids: [hypervisor.toUpperCase()] } });
    await put(otherKey, '1');
    const revision = await put(key, '1');
    expect(await events.next()).toMatchObject({ hypervisorId: hypervisor, revision: String(revision) });
  });

  it('tells of none when it is asked for none', async () => {
    const { put } = space();
    const none = await openEvents(space(), document, { variables: { ids: [] } });
    const all = await openEvents(space(), document);
    await put(key, '1');
    await all.next();
    // It would be told before its gateway stops.
    await space().services.changes.close();
    expect(await none.untilFailure()).toMatchObject({ events: [] });
  });

  it('tells of many that die in one commit one by one, in the order of their ids', async () => {
    const { services, put } = space();
    await put(key, '1');
    await put(otherKey, '1');
    const events = await openEvents(space(), 'subscription { hypervisorHeartbeat { status hypervisorId cursor } }');
    const range = { start: 'lochness/hypervisors/', end: 'lochness/hypervisors0' };
    const { revision } = await services.store.commit({ compares: [], writes: [{ type: 'delete', range }] });
    expect(await events.take(2)).toEqual([
      { status: 'DEAD', hypervisorId: hypervisor, cursor: `${revision}.0` },
      { status: 'DEAD', hypervisorId: id('d', 2), cursor: `${revision}.1` },
    ]);
  });

  it('tells of one that has no record, whose hypervisor is null', async () => {
    const events = await openEvents(space(), document);
    await space().put(key, '1');
    expect(await events.next()).toMatchObject({ status: 'ALIVE', hypervisorId: hypervisor, hypervisor: null });
  });

  it('takes nothing else below a hypervisor for a heartbeat', async () => {
    const { put, putAll } = space();
    const events = await openEvents(space(), document);
    await put(`hypervisors/${hypervisor}/metadata`, hypervisorRecord());
    await put(`hypervisors/${hypervisor}/config/heartbeat`, 'no');
    await put(`hypervisors/${hypervisor}/heartbeat/below`, 'no');
    const revision = await putAll(heartbeat);
    expect(await events.next()).toMatchObject({ status: 'ALIVE', revision: String(revision) });
  });

  it('refuses an id that is none', async () => {
    const refused = openEvents(space(), document, { variables: { ids: ['d1'] } });
    await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'BAD_USER_INPUT', field: 'hypervisorIds' }] });
  });
}
