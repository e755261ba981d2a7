import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { live, type Simulation } from '../../src/demo/index.ts';
import { openRandom } from '../../src/demo/random.ts';
import { silentLog } from '../../src/log.ts';
import { subkeys } from '../../src/store/keys.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { Change, Store } from '../../src/store/store.ts';
import { portOf } from '../support/free-port.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { keys, keyspaceOf, openSampleStore, put, simulate } from './sample-store.ts';

interface World {
  readonly store: Store;
  readonly simulation: Simulation;
  readonly url: string;
}

async function openWorld(guestCount = 40): Promise<World> {
  const store = await openSampleStore(6, guestCount);
  const simulation = await simulate(store);
  const gateway = await startGateway({ store, schema, logLevel: 'silent' });
  onTestFinished(() => gateway.stop());
  return { store, simulation, url: gateway.url };
}

interface Begun {
  /** Ends it, and waits for that. */
  readonly end: () => Promise<void>;
}

function begin(
  { url, simulation }: Omit<World, 'store'>,
  options: { readonly seed?: number; readonly now?: () => number } = {},
): Begun {
  const ending = new AbortController();
  const { seed = 1, now } = options;
  const life = live({
    ...{ url, simulation, random: openRandom(seed), log: silentLog, signal: ending.signal, everyMs: 2 },
    ...(now === undefined ? {} : { now }),
  });
  const end = () => {
    ending.abort();
    return life;
  };
  onTestFinished(end);
  return { end };
}

/** Waits until a change has come of each sort. */
async function untilSeen(store: Store, sorts: Readonly<Record<string, (change: Change) => boolean>>): Promise<void> {
  const missing = new Map(Object.entries(sorts));
  for await (const { changes } of await store.watch({ range: prefixRange(keys.prefix) })) {
    for (const [name, isIt] of missing) if (changes.some(isIt)) missing.delete(name);
    if (missing.size === 0) return;
  }
}

const isOf = (change: Change, pattern: RegExp) => pattern.test(change.key.slice(keys.prefix.length));

async function visitorsIn(store: Store): Promise<readonly string[]> {
  const records = Object.entries(await keyspaceOf(store)).filter(([key]) => /^guests\/.*\/metadata$/.test(key));
  return records
    .map(([, value]) => JSON.parse(value).metadata)
    .filter(({ demo }) => demo === 'visitor')
    .map(({ name }) => name);
}

describe('the life of a sample cluster', () => {
  it('creates guests, has things done to them, and lets hypervisors miss their heartbeats and come back', async () => {
    const { store, ...world } = await openWorld();
    let time = 0;
    const seen = untilSeen(store, {
      create: (change) => isOf(change, /^guests\/.*\/metadata$/) && change.previous === null,
      action: (change) =>
        isOf(change, /^jobs\//) && /"action":"(restart|suspend|shutdown|start)"/.test(String(change.current?.value)),
      silence: (change) => isOf(change, /\/heartbeat$/) && change.current === null,
      wake: (change) => isOf(change, /\/heartbeat$/) && change.previous === null,
    });
    const { end } = begin(world, { now: () => (time += 4000) });
    await seen;
    await end();
  });

  it('lets guests die in their agents', async () => {
    const { simulation, url } = await openWorld();
    const deaths: string[] = [];
    const died = new Promise<void>((resolve) => {
      for (const agent of simulation.agents.values()) {
        agent.killGuest = (id, state) => {
          deaths.push(`${id} ${state}`);
          resolve();
          return true;
        };
      }
    });
    const { end } = begin({ simulation, url });
    await died;
    await end();
    expect(deaths[0]).toMatch(/^[0-9a-f-]{36} (crashed|shutoff)$/);
  });

  it('keeps to ten guests of its own, also those of a life before it, and deletes the oldest first', async () => {
    const { store, ...world } = await openWorld(0);
    // Of these nobody does the jobs: they stay, PENDING or DELETING.
    const full = untilSeen(store, { tenth: ({ current }) => String(current?.value).includes('"name":"visitor-10"') });
    const first = begin(world);
    await full;
    await first.end();
    expect(await visitorsIn(store)).toHaveLength(10);
    const deleting = untilSeen(store, {
      state: (change) => isOf(change, /^guests\/.*\/state$/) && String(change.current?.value).includes('DELETING'),
    });
    const second = begin(world, { seed: 2 });
    await deleting;
    await second.end();
    expect(await visitorsIn(store)).toHaveLength(10);
    const keyspace = await keyspaceOf(store);
    const leaving = Object.keys(keyspace).filter((key) => /^guests\/.*\/state$/.test(key) && keyspace[key]?.includes('DELETING'));
    const names = leaving.map((key) => JSON.parse(keyspace[key.replace(/state$/, 'metadata')] ?? '').metadata.name);
    expect(names).toContain('visitor-1');
  });

  it('leaves guests alone whose hypervisor is none of its own', async () => {
    const { store, ...world } = await openWorld(0);
    const [hypervisor, guest] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
    const directory = keys.directory('HYPERVISOR', hypervisor);
    await put(store, keys.record('HYPERVISOR', hypervisor), JSON.stringify({ id: hypervisor, ip: '192.0.2.1' }));
    await put(store, directory + subkeys.heartbeat, new Date().toISOString());
    await put(store, directory + subkeys.guests + guest, guest);
    await put(store, keys.record('GUEST', guest), JSON.stringify({ id: guest, hypervisor, flavor: guest, network: guest }));
    await put(store, keys.directory('GUEST', guest) + subkeys.state, '{"state":"RUNNING"}');
    const full = untilSeen(store, { tenth: ({ current }) => String(current?.value).includes('"name":"visitor-10"') });
    const { end } = begin(world);
    await full;
    await end();
    const jobs = Object.entries(await keyspaceOf(store)).filter(([key]) => key.startsWith('jobs/'));
    expect(jobs.filter(([, job]) => job.includes(guest))).toEqual([]);
  });

  it('goes on where the gateway refuses, or the store has lost what it wanted', async () => {
    const { store, ...world } = await openWorld();
    // Without flavors nothing can be created.
    await store.commit({ compares: [], writes: [{ type: 'delete', range: prefixRange(keys.folder('FLAVOR')) }] });
    const acted = untilSeen(store, { action: (change) => isOf(change, /^jobs\//) });
    const { end } = begin(world);
    await acted;
    await end();
    expect(await visitorsIn(store)).toEqual([]);
  });

  it('ends while it waits for an answer', async () => {
    const { simulation } = await openWorld(0);
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      silent.close();
      silent.closeAllConnections();
    });
    const { end } = begin({ simulation, url: `http://127.0.0.1:${portOf(silent)}/graphql` });
    await once(silent, 'request');
    await end();
  });
});
