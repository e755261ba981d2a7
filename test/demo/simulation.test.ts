import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hypervisorId } from '../../src/demo/sample-hypervisor.ts';
import { compareState } from '../../src/jobs/state-comparison.ts';
import { decodeGuestState } from '../../src/store/entities/guest-state.ts';
import { subkeys } from '../../src/store/keys.ts';
import { keyRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { portOf } from '../support/free-port.ts';
import { beatingIn, keys, keyspaceOf, openSampleStore, put, recordOf, settingKey, simulate, textAt } from './sample-store.ts';

interface GuestFields {
  readonly id: string;
  readonly hypervisor: string;
  readonly [field: string]: unknown;
}

async function placedGuests(store: Store): Promise<readonly GuestFields[]> {
  const records = Object.entries(await keyspaceOf(store)).filter(([key]) => /^guests\/.*\/metadata$/.test(key));
  return records.map(([, value]) => JSON.parse(value)).filter(({ hypervisor }) => hypervisor !== '');
}

async function stateEntry(store: Store, guestId: string) {
  const key = keys.directory('GUEST', guestId) + subkeys.state;
  return (await store.read({ ranges: [keyRange(key)] })).results[0]?.entries[0];
}

describe('a simulation', () => {
  it('has an agent for each hypervisor of the sample but the dead one, where its record says', async () => {
    const store = await openSampleStore();
    const { agents, agentPort } = await simulate(store);
    expect(new Set(agents.keys())).toEqual(new Set([0, 1, 2, 3, 5].map(hypervisorId)));
    for (const index of [0, 1, 2, 3, 5]) {
      const { origin } = agents.get(hypervisorId(index)) ?? {};
      const { ip } = await recordOf(store, index);
      expect(origin).toBe(`http://${ip}:${agentPort}`);
      expect(ip).toBe(`127.0.1.${index + 1}`);
      expect((await fetch(`${origin}/guests`)).status).toBe(200);
    }
    expect(await beatingIn(store)).toEqual([0, 1, 2, 3, 5]);
  });

  it('takes over the guests that the store has on each hypervisor, in states that the store has too', async () => {
    const store = await openSampleStore();
    const { agents } = await simulate(store);
    const guests = await placedGuests(store);
    const words = new Set<string | null | undefined>();
    for (const { id, hypervisor } of guests) {
      const guest = agents.get(hypervisor)?.guests.get(id);
      const isDead = hypervisor === hypervisorId(4);
      expect(guest === undefined).toBe(isDead);
      words.add(guest?.state);
      const recorded = decodeGuestState(await stateEntry(store, id));
      const sighting = guest === undefined ? 'silent' : { reported: guest.state ?? null };
      expect(compareState({ recorded, sighting, lastDone: null })).toBeNull();
    }
    expect(words).toEqual(new Set([undefined, 'running', 'shutoff', 'paused', 'crashed', 'nostate']));
    expect([...agents.values()].reduce((sum, agent) => sum + agent.guests.size, 0)).toBeLessThan(guests.length);
  });

  it('changes nothing in a sample cluster that is as it was made, but for the heartbeats', async () => {
    const store = await openSampleStore();
    const before = await keyspaceOf(store);
    await simulate(store);
    const after = Object.entries(await keyspaceOf(store)).filter(([key]) => !key.endsWith(`/${subkeys.heartbeat}`));
    expect(Object.fromEntries(after)).toEqual(before);
  });

  it('describes a guest as a gateway would have created it', async () => {
    const store = await openSampleStore();
    const { agents } = await simulate(store);
    const fields = (await placedGuests(store)).find(({ ip, hypervisor }) => String(ip).includes('.') && agents.has(hypervisor));
    const agent = agents.get(fields?.hypervisor ?? '');
    const flavor = JSON.parse((await textAt(store, keys.record('FLAVOR', String(fields?.flavor)))) ?? '');
    const subnet = JSON.parse((await textAt(store, keys.record('SUBNET', String(fields?.subnet)))) ?? '');
    const group = `vlangroups/${fields?.vlangroup}/vlans/`;
    const links = Object.keys(await keyspaceOf(store)).filter((key) => key.startsWith(group));
    const tags = links.map((key) => Number(key.slice(group.length))).sort((a, b) => a - b);
    expect(tags.length).toBeGreaterThan(0);
    expect(agent?.guests.get(fields?.id ?? '')).toEqual({
      id: fields?.id,
      type: fields?.type,
      image: flavor.image,
      nics: [
        {
          name: 'eth0',
          network: fields?.bridge,
          model: 'virtio',
          mac: fields?.mac,
          address: fields?.ip,
          netmask: 'ffffff00',
          gateway: subnet.gateway,
          vlans: tags,
        },
      ],
      disks: [{ bus: '', device: '', size: flavor.disk, volume: '', image: flavor.image, source: flavor.image }],
      state: expect.any(String),
      memory: flavor.memory,
      cpu: flavor.cpu,
      metadata: fields?.metadata,
    });
  });

  it('takes over no guest that a job is still to create, and one that its hypervisor was lost with as it was', async () => {
    const store = await openSampleStore();
    const [pending, creating, lost, deleting] = (await placedGuests(store)).filter(
      ({ hypervisor }) => hypervisor !== hypervisorId(4),
    );
    const setState = (guest: GuestFields | undefined, record: object) =>
      put(store, keys.directory('GUEST', guest?.id ?? '') + subkeys.state, JSON.stringify(record));
    await setState(pending, { state: 'PENDING' });
    await setState(creating, { state: 'CREATING' });
    await setState(lost, { state: 'UNKNOWN', reported: '', before: 'SUSPENDED' });
    await setState(deleting, { state: 'DELETING' });
    const { agents } = await simulate(store);
    const seen = [pending, creating, lost, deleting].map(
      (guest) => agents.get(guest?.hypervisor ?? '')?.guests.get(guest?.id ?? '')?.state,
    );
    expect(seen).toEqual([undefined, undefined, 'paused', 'running']);
  });

  it('moves all agents to another port where one of them can not have the port that is wanted', async () => {
    const squatter = createServer().listen(0, '127.0.1.3');
    await once(squatter, 'listening');
    onTestFinished(() => {
      squatter.close();
    });
    const port = portOf(squatter);
    const store = await openSampleStore();
    const { agents, agentPort } = await simulate(store, { addressing: { port } });
    expect(agentPort).not.toBe(port);
    expect(new Set([...agents.values()].map((agent) => agent.port))).toEqual(new Set([agentPort]));
    expect(await textAt(store, settingKey(0, 'agentPort'))).toBeUndefined();
  });

  it('gives each agent a port of its own where there is but one address, and takes that back where there are more', async () => {
    const store = await openSampleStore();
    const before = await keyspaceOf(store);
    // An address that is for documentation, and that no machine has.
    const { agents, close } = await simulate(store, { addressing: { port: 8080, hostOf: () => '192.0.2.1' } });
    const ports = new Set<string | undefined>();
    for (const index of [0, 1, 2, 3, 5]) {
      const port = await textAt(store, settingKey(index, 'agentPort'));
      expect(agents.get(hypervisorId(index))?.origin).toBe(`http://127.0.0.1:${port}`);
      expect(await recordOf(store, index)).toMatchObject({ ip: '127.0.0.1' });
      ports.add(port);
    }
    expect(ports.size).toBe(5);
    await close();
    await simulate(store);
    const after = Object.entries(await keyspaceOf(store)).filter(([key]) => !key.endsWith(`/${subkeys.heartbeat}`));
    expect(Object.fromEntries(after)).toEqual(before);
  });

  it('gives hypervisors of an older sample addresses that they can have, and touches nobody else', async () => {
    const store = await openSampleStore();
    const real = '00000000-0000-4000-8000-00000000000a';
    const realRecord = '{"id":"00000000-0000-4000-8000-00000000000a", "ip":"10.0.0.99"}';
    await put(store, keys.record('HYPERVISOR', real), realRecord);
    for (const index of [0, 4]) {
      const old = { ...(await recordOf(store, index)), ip: `10.0.0.${10 + index}`, gateway: '10.0.0.1', theirs: [1.5] };
      await put(store, keys.record('HYPERVISOR', hypervisorId(index)), JSON.stringify(old));
    }
    await simulate(store);
    for (const index of [0, 4]) {
      expect(await recordOf(store, index)).toMatchObject({
        ip: `127.0.1.${index + 1}`,
        gateway: '127.0.0.1',
        netmask: '255.255.248.0',
        theirs: [1.5],
      });
    }
    expect(await textAt(store, keys.record('HYPERVISOR', real))).toBe(realRecord);
  });

  it('of a part of a cluster leaves all else as it is: other hypervisors, their addresses and their heartbeats', async () => {
    const store = await openSampleStore();
    const heartbeat = keys.directory('HYPERVISOR', hypervisorId(3)) + subkeys.heartbeat;
    await put(store, heartbeat, 'its own');
    const old = JSON.stringify({ ...(await recordOf(store, 3)), ip: '10.0.0.13' });
    await put(store, keys.record('HYPERVISOR', hypervisorId(3)), old);
    const { agents } = await simulate(store, { isSimulated: (index) => index < 2, isWholeCluster: false });
    expect(new Set(agents.keys())).toEqual(new Set([0, 1].map(hypervisorId)));
    expect(await beatingIn(store)).toEqual([0, 1, 3]);
    expect(await textAt(store, heartbeat)).toBe('its own');
    expect(await textAt(store, keys.record('HYPERVISOR', hypervisorId(3)))).toBe(old);
  });

  it('goes on with a hypervisor whose record others change at the same time', async () => {
    const store = await openSampleStore();
    const key = keys.record('HYPERVISOR', hypervisorId(0));
    await put(store, key, JSON.stringify({ ...(await recordOf(store, 0)), ip: '10.0.0.10' }));
    let others = 3;
    const busy: Store = Object.assign(Object.create(store), {
      async commit(transaction: Parameters<Store['commit']>[0]) {
        if (transaction.compares.length > 0 && others-- > 0) {
          await put(store, key, JSON.stringify({ ...(await recordOf(store, 0)), metadata: { left: String(others) } }));
        }
        return store.commit(transaction);
      },
      read: store.read.bind(store),
      grantLease: store.grantLease.bind(store),
      keepLeaseAlive: store.keepLeaseAlive.bind(store),
    });
    await simulate(busy);
    expect(await recordOf(store, 0)).toMatchObject({ ip: '127.0.1.1', metadata: { left: '0' } });
  });

  it('ends its agents, and leaves their heartbeats to their lease unless they are ended too', async () => {
    const store = await openSampleStore();
    const first = await simulate(store);
    const [agent] = first.agents.values();
    await first.close();
    await expect(fetch(agent?.origin ?? '')).rejects.toThrow();
    expect(await beatingIn(store)).toEqual([0, 1, 2, 3, 5]);
    const second = await simulate(store);
    await second.heartbeats.end();
    expect(await beatingIn(store)).toEqual([]);
  });

  it('of a cluster that has none of the sample has no agents', async () => {
    const store = await openSampleStore(0, 0);
    expect((await simulate(store, { addressing: { port: 8080 } })).agentPort).toBe(8080);
  });
});
