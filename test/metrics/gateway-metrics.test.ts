import { describe, expect, it, onTestFinished } from 'vitest';
import { readingsOf } from '../../src/commands/readings.ts';
import { silentLog } from '../../src/log.ts';
import { type GatewayMetrics, openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { ObservedStore } from '../../src/store/observed-store.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openLifecycle } from '../support/lifecycle.ts';
import { type Samples, samplesIn, samplesOf } from '../support/prometheus.ts';
import { id, jobRecord } from '../support/record.ts';
import { openLoadedReplica } from '../support/replica.ts';
import { storeWith } from '../support/store-with.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { unreliableStore } from '../support/unreliable-store.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';

const version = '1.2.3';

interface Measured {
  readonly gateway: Gateway;
  readonly metrics: GatewayMetrics;
  samples(): Promise<Samples>;
}

async function startMeasured(): Promise<Measured> {
  const metrics = openMetrics({ version });
  const memory = openMemoryStore({ log: silentLog });
  const store = new ObservedStore(memory, metrics.observer.store);
  const gateway = await startGateway({ store, memory: memory.memory, schema, observer: metrics.observer });
  await gateway.services.catalog?.loaded;
  metrics.attach(readingsOf({ services: gateway.services, server: gateway, jobs: null, replica: null }));
  onTestFinished(async () => {
    await gateway.stop();
    await store.close();
    metrics.close();
  });
  return { gateway, metrics, samples: async () => samplesIn(await metrics.text()) };
}

const createNetwork = 'mutation Make { createNetwork(input: {}) { network { id } } }';

describe('the metrics of a gateway', () => {
  it('tell operations by name, kind and outcome, with the codes of their errors', async () => {
    const { gateway, samples } = await startMeasured();
    await gateway.ask('query Look { revision }');
    await gateway.ask('query Look { revision }');
    await gateway.ask('{ revision }');
    await gateway.ask(createNetwork);
    await gateway.ask('query Wrong { guest(id: "nobody") { id } }');
    await gateway.ask('query Look { nothing }');
    await gateway.ask('query {');
    const now = await samples();
    const name = 'lochness_gateway_operations_total';
    expect(samplesOf(now, name)).toEqual({
      '{kind="query",operation="Look",outcome="ok"}': 2,
      '{kind="query",operation="anonymous",outcome="ok"}': 1,
      '{kind="mutation",operation="Make",outcome="ok"}': 1,
      '{kind="query",operation="Wrong",outcome="error"}': 1,
      '{kind="refused",operation="refused",outcome="refused"}': 2,
    });
    expect(samplesOf(now, 'lochness_gateway_errors_total')).toEqual({
      '{code="BAD_USER_INPUT",kind="query"}': 1,
      '{code="GRAPHQL_VALIDATION_FAILED",kind="refused"}': 1,
      '{code="GRAPHQL_PARSE_FAILED",kind="refused"}': 1,
    });
    expect(samplesOf(now, 'lochness_gateway_operation_duration_seconds_count')['{kind="query",operation="Look"}']).toBe(2);
    expect(now.get('lochness_gateway_answers_reused_total')).toBe(1);
    expect(samplesOf(now, 'lochness_gateway_commit_attempts_total')).toEqual({ '{mutation="createNetwork",outcome="done"}': 1 });
    expect(samplesOf(now, 'lochness_gateway_store_requests_total')).toMatchObject({ '{outcome="ok",request="commit"}': 1 });
    expect(now.get('lochness_gateway_http_requests_total{status="200"}')).toBe(7);
    expect(now.get('lochness_gateway_ready')).toBe(1);
  });

  it('tell WebSockets, subscribers, and what they were told', async () => {
    const { gateway, samples } = await startMeasured();
    const { client, ask } = await openSocketClient(gateway.url);
    await ask('query BySocket { revision }');
    const { extensions } = await gateway.ask('{ revision }');
    const told = client.iterate({
      query: `subscription Follow { ...Part } fragment Part on Subscription { changes(after: "${extensions.revision}") { cursor } }`,
    });
    const first = told.next();
    await gateway.ask(createNetwork);
    await first;
    const during = await samples();
    expect(during.get('lochness_gateway_websockets_open')).toBe(1);
    expect(samplesOf(during, 'lochness_gateway_subscribers')).toEqual({ '{field="changes",transport="websocket"}': 1 });
    expect(during.get('lochness_gateway_event_queue_events')).toBe(0);
    expect(during.get('lochness_gateway_subscription_events_total')).toBe(1);
    await told.return?.(undefined);
    await client.dispose();
    await gateway.stop();
    const after = await samples();
    expect(after.get('lochness_gateway_websockets_open')).toBe(0);
    expect(samplesOf(after, 'lochness_gateway_subscribers')).toEqual({ '{field="changes",transport="websocket"}': 0 });
    expect(after.get('lochness_gateway_subscription_events_total')).toBe(1);
    expect(after.get('lochness_gateway_operations_total{kind="query",operation="BySocket",outcome="ok"}')).toBe(1);
    expect(after.get('lochness_gateway_ready')).toBe(0);
  });

  it('are its own: another one in this process has others', async () => {
    const [one, other] = [await startMeasured(), await startMeasured()];
    await one.gateway.ask('query Look { revision }');
    const name = 'lochness_gateway_operations_total';
    expect(samplesOf(await one.samples(), name)).not.toEqual({});
    expect(samplesOf(await other.samples(), name)).toEqual({});
  });

  it('tell jobs by what became of them, calls to agents, and jobs in the store by status', async () => {
    const metrics = openMetrics({ version });
    const memory = openMemoryStore({ log: silentLog });
    const store = new ObservedStore(memory, metrics.observer.store);
    const lifecycle = await openLifecycle({ store, gateway: { observer: metrics.observer, memory: memory.memory } });
    onTestFinished(async () => {
      await lifecycle.close();
      metrics.close();
      await store.close();
    });
    const { services } = lifecycle.gateway;
    await lifecycle.createdGuest();
    // Another tool's: here nobody does it.
    const other = Buffer.from(jobRecord({ action: 'select-hypervisor' }));
    await store.commit({ compares: [], writes: [{ type: 'put', key: `lochness/jobs/${id('f', 1)}`, value: other }] });
    const counts = { working: 0, waiting: 0 };
    metrics.attach(
      readingsOf({ services, server: lifecycle.gateway, jobs: { counts, close: async () => undefined }, replica: null }),
    );
    const now = samplesIn(await metrics.text());
    expect(now.get('lochness_gateway_jobs{status="DONE"}')).toBe(1);
    expect(now.get('lochness_gateway_jobs{status="NEW"}')).toBe(0);
    expect(now.get('lochness_gateway_jobs_working')).toBe(0);
    const calls = samplesOf(now, 'lochness_gateway_agent_calls_total');
    expect(calls).toMatchObject({ '{call="fetchImage",outcome="ok"}': 1, '{call="createGuest",outcome="ok"}': 1 });
    await lifecycle.close();
    const ended = samplesOf(samplesIn(await metrics.text()), 'lochness_gateway_jobs_ended_total');
    expect(ended).toEqual({ '{action="fetch",outcome="done"}': 1 });
  });

  it('tell what became of requests to the store', async () => {
    const metrics = openMetrics({ version });
    onTestFinished(() => metrics.close());
    const inner = openMemoryStore({ log: silentLog });
    const store = new ObservedStore(unreliableStore(inner, ['none', 'none', 'replyLost']), metrics.observer.store);
    onTestFinished(() => store.close());
    const { revision } = await store.read({ ranges: [] });
    await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('1') }] });
    await store.commit({ compares: [{ target: 'version', range: { start: 'a' }, is: '=', number: 0 }], writes: [] });
    await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('2') }] }).catch(() => undefined);
    await store.read({ ranges: [], at: revision + 9 }).catch(() => undefined);
    await store.read({ ranges: [], signal: AbortSignal.abort() }).catch(() => undefined);
    await store.revokeLease((await store.grantLease(60)).id);
    await store.keepLeaseAlive('12345').catch(() => undefined);
    await (await store.watch({ range: { start: 'a' } })).close();
    await store.close();
    await store.read({ ranges: [] }).catch(() => undefined);
    expect(samplesOf(samplesIn(await metrics.text()), 'lochness_gateway_store_requests_total')).toEqual({
      '{outcome="ok",request="read"}': 1,
      '{outcome="ok",request="commit"}': 1,
      '{outcome="refused",request="commit"}': 1,
      '{outcome="unknown",request="commit"}': 1,
      '{outcome="error",request="read"}': 1,
      '{outcome="aborted",request="read"}': 1,
      '{outcome="ok",request="lease"}': 2,
      '{outcome="error",request="lease"}': 1,
      '{outcome="ok",request="watch"}': 1,
      '{outcome="unavailable",request="read"}': 1,
    });
  });

  it('tell how far the replica of a real etcd is, and that it is behind while etcd stands still', async () => {
    const metrics = openMetrics({ version });
    const etcd = await startEtcdWithStore({ version: '3.5' });
    const origin = new ObservedStore(etcd.store, metrics.observer.store);
    const replica = await openLoadedReplica(origin, { observer: metrics.observer.replica });
    const gateway = await startGateway({ store: replica, memory: replica.memory, schema, observer: metrics.observer });
    onTestFinished(async () => {
      await gateway.stop();
      await replica.close();
      await etcd.close();
      metrics.close();
    });
    await gateway.services.catalog?.loaded;
    const { services } = gateway;
    metrics.attach(readingsOf({ services, server: gateway, jobs: null, replica: replica.memory }));
    await gateway.ask(createNetwork);
    await gateway.ask('{ revision }');
    const now = samplesIn(await metrics.text());
    expect(now.get('lochness_gateway_replica_lag_revisions')).toBe(0);
    expect(now.get('lochness_gateway_replica_lag_seconds')).toBe(0);
    expect(now.get('lochness_gateway_replica_loads_total')).toBe(1);
    expect(now.get('lochness_gateway_replica_probes_total')).toBeGreaterThanOrEqual(2);
    expect(now.get('lochness_gateway_store_requests_total{outcome="ok",request="watch"}')).toBe(1);
    // As when the watch breaks: all is to be read again.
    await etcd.server.stop();
    replica.memory.lose();
    const away = samplesIn(await metrics.text());
    expect(away.get('lochness_gateway_replica_lag_seconds')).toBeGreaterThan(0);
    expect(away.has('lochness_gateway_replica_lag_revisions')).toBe(false);
    expect(away.get('lochness_gateway_ready')).toBe(0);
  });

  it('tell a scraper by how many revisions, and for how long, the watch of a real etcd is held up', async () => {
    const metrics = openMetrics({ version });
    const etcd = await startEtcdWithStore({ version: '3.5' });
    const proxy = await startTcpProxy(etcd.server.port);
    const through = openEtcdStore({ endpoints: [proxy.url] });
    // Only the watch goes through the proxy.
    const origin = storeWith(etcd.store, { watch: (request) => through.watch(request) });
    const replica = await openLoadedReplica(origin, { readTimeoutMs: 50 });
    const gateway = await startGateway({ store: replica, memory: replica.memory, schema, metrics });
    onTestFinished(async () => {
      await gateway.stop();
      await replica.close();
      await through.close();
      await proxy.close();
      await etcd.close();
      metrics.close();
    });
    metrics.attach(readingsOf({ services: gateway.services, server: gateway, jobs: null, replica: replica.memory }));
    async function lag() {
      const samples = samplesIn(await (await fetch(`${gateway.origin}/metrics`)).text());
      const of = (unit: string) => samples.get(`lochness_gateway_replica_lag_${unit}`) ?? Number.NaN;
      return { revisions: of('revisions'), seconds: of('seconds') };
    }
    const write = (value: string) =>
      etcd.store.commit({ compares: [], writes: [{ type: 'put', key: 'lochness/a', value: Buffer.from(value) }] });

    const { revision: before } = await write('before');
    await replica.memory.reach(before);
    while (!(await replica.memory.freshen())) await new Promise(setImmediate);
    expect(await lag()).toEqual({ revisions: 0, seconds: 0 });
    proxy.pause('toClient');
    for (const value of ['1', '2', '3']) await write(value);
    const first = await lag();
    expect(first.revisions).toBe(3);
    expect(first.seconds).toBeGreaterThan(0);
    const { revision } = await write('4');
    const second = await lag();
    expect(second.revisions).toBe(4);
    expect(second.seconds).toBeGreaterThan(first.seconds);
    proxy.resume();
    while (replica.memory.revision < revision) await new Promise(setImmediate);
    expect(await lag()).toEqual({ revisions: 0, seconds: 0 });
  });

  it('have no text of a client but names of operations, and of these no more than fit', async () => {
    const { gateway, metrics } = await startMeasured();
    await Promise.all(Array.from({ length: 250 }, (_, number) => gateway.ask(`query Flood${number} { revision }`)));
    await gateway.ask(`query ${'Long'.repeat(100)} { revision }`);
    await gateway.ask('query Look { guest(id: "a secret") { id } }');
    const raw = await openRawSocket(gateway.url);
    raw.send('{"type":"connection_init","payload":{"token":"a secret"}}');
    await raw.receive();
    const text = await metrics.text();
    const now = samplesIn(text);
    const names = new Set([...text.matchAll(/operation="(\w+)"/g)].map(([, name]) => name));
    expect(names.size).toBe(201);
    expect(now.get('lochness_gateway_operations_total{kind="query",operation="other",outcome="ok"}')).toBe(51);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('LongLong');
  });
});
