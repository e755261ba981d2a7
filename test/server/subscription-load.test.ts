import { describe, expect, it } from 'vitest';
import { hypervisorRecord } from '../support/record.ts';
import { openCountingGateway, openReadySocket } from './subscription-fixture.ts';

const hypervisorCount = 1000;
const hypervisorIds = Array.from(
  { length: hypervisorCount },
  (_, index) => `dddddddd-0000-4000-8000-${String(index).padStart(12, '0')}`,
);
const beats = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [`hypervisors/${id}/heartbeat`, 'now']));

describe('A thousand subscribers', () => {
  it('are all told of a change, by one watch of the store', async () => {
    const gateway = await openCountingGateway();
    const after = String(await gateway.put({ 'config/a': '' }));
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openReadySocket(gateway)));
    const query = 'subscription ($after: EventCursor) { changes(after: $after) { id } }';
    for (const socket of sockets) {
      for (let id = 0; id < 50; id++)
        socket.send({ id: String(id), type: 'subscribe', payload: { query, variables: { after } } });
    }
    await expect.poll(() => gateway.services.changes.streamCount, { timeout: 20_000 }).toBe(1000);
    const revision = String(await gateway.put({ 'config/b': '' }));
    for (const socket of sockets) {
      const told = new Set<string>();
      while (told.size < 50) {
        const message = Object(await socket.receive());
        expect(message).toMatchObject({
          type: 'next',
          payload: { data: { changes: { id: 'config:b' } }, extensions: { revision } },
        });
        told.add(message.id);
      }
    }
    expect(gateway.watchCount()).toBe(1);
    for (const socket of sockets) socket.socket.terminate();
    await expect.poll(() => gateway.services.changes.streamCount, { timeout: 20_000 }).toBe(0);
  });

  it('who ask the same have the store asked once for each event', async () => {
    const gateway = await openCountingGateway();
    const [id = ''] = hypervisorIds;
    const after = String(await gateway.put({ [`hypervisors/${id}/metadata`]: hypervisorRecord({ metadata: { name: 'h' } }) }));
    const query = 'subscription ($after: EventCursor) { hypervisorHeartbeat(after: $after) { hypervisor { name } } }';
    const socket = await openReadySocket(gateway);
    for (let operation = 0; operation < 50; operation++) {
      socket.send({ id: String(operation), type: 'subscribe', payload: { query, variables: { after } } });
    }
    await expect.poll(() => gateway.services.changes.streamCount).toBe(50);
    await gateway.put(beats([id]));
    for (let operation = 0; operation < 50; operation++) {
      expect(await socket.receive()).toMatchObject({ payload: { data: { hypervisorHeartbeat: { hypervisor: { name: 'h' } } } } });
    }
    expect(gateway.reads).toHaveLength(1);
  });
});

describe('The heartbeats of a thousand hypervisors at once', () => {
  it('are all told, and keep no event of a guest back, nor end who waits for that', async () => {
    const gateway = await openCountingGateway();
    const after = String(await gateway.put({ 'config/a': '' }));
    const heartbeats = await openReadySocket(gateway);
    const guests = await openReadySocket(gateway);
    const beatQuery = 'subscription ($after: EventCursor) { hypervisorHeartbeat(after: $after) { status hypervisorId } }';
    heartbeats.send({ id: '1', type: 'subscribe', payload: { query: beatQuery, variables: { after } } });
    const guestQuery = 'subscription ($after: EventCursor) { guestChanged(after: $after) { type guestId } }';
    guests.send({ id: '1', type: 'subscribe', payload: { query: guestQuery, variables: { after } } });
    await expect.poll(() => gateway.services.changes.streamCount).toBe(2);

    const guestId = 'cccccccc-0000-4000-8000-000000000001';
    const beat = (id: string) => gateway.put(beats([id]));
    await Promise.all([
      ...hypervisorIds.slice(0, 500).map(beat),
      gateway.put({ [`guests/${guestId}/metadata`]: '{}' }),
      ...hypervisorIds.slice(500).map(beat),
    ]);
    // And many in one commit.
    await gateway.put(beats(hypervisorIds.slice(0, 100)));
    expect(await guests.receive()).toMatchObject({
      type: 'next',
      payload: { data: { guestChanged: { type: 'CREATED', guestId } } },
    });
    const told: string[] = [];
    while (told.length < hypervisorCount + 100) {
      const { type, payload } = Object(await heartbeats.receive());
      expect(type).toBe('next');
      told.push(payload.data.hypervisorHeartbeat.hypervisorId);
    }
    expect(told).toEqual([...hypervisorIds, ...hypervisorIds.slice(0, 100)]);
  });

  it('that die in one commit are told to who has room for a thousand', async () => {
    const gateway = await openCountingGateway({ eventLimit: 10 });
    for (let from = 0; from < hypervisorCount; from += 100) await gateway.put(beats(hypervisorIds.slice(from, from + 100)));
    const socket = await openReadySocket(gateway);
    const query = 'subscription ($after: EventCursor) { hypervisorHeartbeat(after: $after, beats: false) { status } }';
    const { revision } = await gateway.store.status();
    socket.send({ id: '1', type: 'subscribe', payload: { query, variables: { after: String(revision) } } });
    await expect.poll(() => gateway.services.changes.streamCount).toBe(1);
    const range = { start: 'lochness/hypervisors/', end: 'lochness/hypervisors0' };
    await gateway.store.commit({ compares: [], writes: [{ type: 'delete', range }] });
    for (let count = 0; count < hypervisorCount; count++) {
      expect(await socket.receive()).toMatchObject({ payload: { data: { hypervisorHeartbeat: { status: 'DEAD' } } } });
    }
  });
});
