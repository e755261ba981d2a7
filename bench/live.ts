import { setTimeout as pause } from 'node:timers/promises';
import { createSampleCluster } from '../src/demo/index.ts';
import { openKeys, subkeys } from '../src/store/keys.ts';
import { prefixRange } from '../src/store/range.ts';
import type { Store } from '../src/store/store.ts';
import { startEtcdWithStore } from '../test/support/etcd-store.ts';
import { atMost, type Measurement, plain } from './goal.ts';
import { quantile } from './measure.ts';
import { serveGateway } from './served-gateway.ts';
import { openSubscribers, type Subscribers } from './subscribers.ts';

const subscriberCounts = [1, 100, 1000];
const puts = 200;
const sustainedSeconds = 5;
/** Puts under way at the same time while events a second are measured. */
const writers = 8;
const deliveries = 1_000_000;
/** What the second half may add to the memory after the first one. */
const flat = 1.1;
const prefix = 'lochness/';
const hypervisorId = '11111111-1111-4111-8111-111111111111';

/** What is subscribed to, and what makes an event of it. */
interface Subject {
  readonly query: string;
  put(store: Store): Promise<unknown>;
}

const heartbeats: Subject = {
  query:
    'subscription ($after: EventCursor) { hypervisorHeartbeat(after: $after) { status hypervisorId revision cursor heartbeat { value } } }',
  put(store) {
    const value = Buffer.from(new Date().toISOString());
    return store.commit({ compares: [], writes: [{ type: 'put', key: heartbeatKey, value }] });
  },
};

/** The record is not in the commit, and the graph is not in the record: both are read at each event's revision. */
async function guests(url: string): Promise<Subject> {
  const body = JSON.stringify({ query: '{ guests(first: 1, filter: { placed: true }) { nodes { id } } }' });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const key = `${prefix}guests/${(await response.json()).data.guests.nodes[0].id}/${subkeys.state}`;
  let count = 0;
  return {
    query:
      'subscription ($after: EventCursor) { guestChanged(after: $after) { type cursor guest { name state hypervisor { name } flavor { name } } } }',
    put(store) {
      const value = Buffer.from(`{"state":"${count++ % 2 === 0 ? 'RUNNING' : 'STOPPED'}"}`);
      return store.commit({ compares: [], writes: [{ type: 'put', key, value }] });
    },
  };
}

/** Subscriptions over WebSocket, one a socket, on a gateway in a process of its own; put and watched by this process. */
export async function measureLive(): Promise<Measurement[]> {
  const etcd = await startEtcdWithStore();
  const measurements: Measurement[] = [];
  try {
    const keys = openKeys(prefix);
    const { signal } = new AbortController();
    await createSampleCluster({ store: etcd.store, keys, hypervisorCount: 100, guestCount: 1000, now: new Date(), signal });
    for (const count of subscriberCounts) {
      const gateway = await serveGateway(etcd.server.url, ['--no-jobs']);
      try {
        const before = gateway.residentMiB();
        const { revision } = await etcd.store.read({ ranges: [] });
        const subscribers = await openSubscribers({ url: gateway.url, count, query: heartbeats.query, revision });
        await warmUp(etcd.store, subscribers, heartbeats);
        const name = `live: ${count} subscriber${count > 1 ? 's' : ''}`;
        const watches = await countWatches(etcd.server.url);
        measurements.push(atMost(`${name}: etcd watches`, watches, 1, ''));
        if (count > 1) measurements.push(plain(`${name}: memory each`, ((gateway.residentMiB() - before) / count) * 1024, 'KiB'));
        measurements.push(...(await measureLatency(etcd.store, subscribers, name)));
        measurements.push(...(await measureRate(etcd.store, subscribers, { subject: heartbeats, name })));
        if (count === 1000) {
          const start = gateway.residentMiB();
          const firstHalf = await deliver(etcd.store, subscribers, deliveries / 2).then(() => gateway.residentMiB());
          const secondHalf = await deliver(etcd.store, subscribers, deliveries / 2).then(() => gateway.residentMiB());
          measurements.push(plain(`${name}: memory before a million events`, start, 'MiB'));
          measurements.push(plain(`${name}: after half of them`, firstHalf, 'MiB'));
          measurements.push(atMost(`${name}: after all`, secondHalf, Math.round(firstHalf * flat), 'MiB'));
        }
        await subscribers.close();
        if (count === 100) measurements.push(...(await measureGraphEvents(etcd.store, gateway.url, name)));
      } finally {
        await gateway.stop();
      }
    }
  } finally {
    await etcd.close();
  }
  return measurements;
}

const heartbeatKey = `${prefix}hypervisors/${hypervisorId}/${subkeys.heartbeat}`;

async function measureGraphEvents(store: Store, url: string, name: string): Promise<Measurement[]> {
  const subject = await guests(url);
  const { revision } = await store.read({ ranges: [] });
  const subscribers = await openSubscribers({ url, count: 100, query: subject.query, revision });
  await warmUp(store, subscribers, subject);
  const measured = await measureRate(store, subscribers, { subject, name: `${name} to guests with a graph` });
  await subscribers.close();
  return measured;
}

async function warmUp(store: Store, subscribers: Subscribers, { put }: Subject): Promise<void> {
  // A subscription does not say when it has begun.
  while (subscribers.events < subscribers.count) {
    await put(store);
    await pause(100);
  }
  await pause(1000);
  for (let round = 0; round < 50; round++) {
    const next = subscribers.next();
    await put(store);
    await next;
  }
}

async function measureLatency(store: Store, subscribers: Subscribers, name: string): Promise<Measurement[]> {
  const watch = await store.watch({ range: prefixRange(prefix) });
  const batches = watch[Symbol.asyncIterator]();
  const bare: number[] = [];
  const first: number[] = [];
  const last: number[] = [];
  for (let round = 0; round < puts; round++) {
    const next = subscribers.next();
    const watched = batches.next().then(() => performance.now());
    const putAt = performance.now();
    await heartbeats.put(store);
    bare.push((await watched) - putAt);
    const { firstAt, lastAt } = await next;
    first.push(firstAt - putAt);
    last.push(lastAt - putAt);
  }
  await watch.close();
  const bareMs = quantile(bare, 0.5);
  return [
    plain(`${name}: bare watch p50`, bareMs, 'ms'),
    plain(`${name}: bare watch p99`, quantile(bare, 0.99), 'ms'),
    plain(`${name}: first p50`, quantile(first, 0.5), 'ms'),
    plain(`${name}: first p99`, quantile(first, 0.99), 'ms'),
    plain(`${name}: last p50`, quantile(last, 0.5), 'ms'),
    plain(`${name}: last p99`, quantile(last, 0.99), 'ms'),
    ...(subscribers.count === 1000
      ? [atMost(`${name}: last p50 beside the bare watch's`, quantile(last, 0.5) / bareMs, 50, 'times')]
      : []),
  ];
}

interface Rate {
  readonly subject: Subject;
  readonly name: string;
}

async function measureRate(store: Store, subscribers: Subscribers, { subject, name }: Rate): Promise<Measurement[]> {
  const startedAt = performance.now();
  const from = subscribers.events;
  let commits = 0;
  const write = async () => {
    while (performance.now() - startedAt < sustainedSeconds * 1000) {
      // As many as the slowest of them takes: one that were ended would not count.
      await subscribers.untilEvents(from + (commits - 200) * subscribers.count);
      commits++;
      await subject.put(store);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  await subscribers.untilEvents(from + commits * subscribers.count);
  const seconds = (performance.now() - startedAt) / 1000;
  return [
    plain(`${name}: commits a second`, commits / seconds, ''),
    plain(`${name}: events a second`, (subscribers.events - from) / seconds, ''),
  ];
}

async function deliver(store: Store, subscribers: Subscribers, events: number): Promise<void> {
  const from = subscribers.events;
  for (let commits = 1; commits * subscribers.count <= events; commits++) {
    await heartbeats.put(store);
    await subscribers.untilEvents(from + (commits - 100) * subscribers.count);
  }
  await subscribers.untilEvents(from + events);
}

async function countWatches(etcdUrl: string): Promise<number> {
  const metrics = await (await fetch(`${etcdUrl}/metrics`)).text();
  return Number(/^etcd_debugging_mvcc_watcher_total (\d+)/m.exec(metrics)?.[1] ?? Number.NaN);
}
