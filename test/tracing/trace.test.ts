import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { silentObserver } from '../../src/observer.ts';
import { ObservedStore } from '../../src/store/observed-store.ts';
import { keyFromText } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { type Tracer, tracedObserver } from '../../src/tracing/index.ts';
import { openOtlpTracer } from '../../src/tracing/otlp-tracer.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { type Collector, printTree, startCollector } from '../support/otlp-collector.ts';
import { guestRecord, hypervisorRecord, id } from '../support/record.ts';
import { json, type ScriptedAgent, startScriptedAgent } from '../support/scripted-agent.ts';
import { openSocketClient } from '../support/ws-client.ts';

const guest = id('c', 1);
const hypervisor = id('d', 1);
const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callerSpan}-01`;

let etcd: EtcdWithStore;
let agent: ScriptedAgent;
const agentHeaders: (string | undefined)[] = [];

beforeAll(async () => {
  etcd = await startEtcdWithStore();
  const answer = json([{ id: guest, state: 'running' }]);
  agent = await startScriptedAgent(
    (response, request) => {
      agentHeaders.push(response.req.headers.traceparent?.toString());
      answer(response, request);
    },
    { hypervisorId: hypervisor },
  );
  const entries = {
    [`guests/${guest}/metadata`]: guestRecord({ hypervisor }),
    [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord({ ip: '127.0.0.1' }),
    [`hypervisors/${hypervisor}/config/agentPort`]: String(agent.port),
  };
  const writes = Object.entries(entries).map(([key, value]) => {
    return { type: 'put', key: keyFromText(`lochness/${key}`), value: Buffer.from(value) } as const;
  });
  await etcd.store.commit({ compares: [], writes });
});

afterAll(async () => {
  await agent.close();
  await etcd.close();
});

interface Traced {
  readonly collector: Collector;
  readonly tracer: Tracer;
  readonly gateway: Gateway;
  /** Sends all that is left. */
  flush(): Promise<void>;
}

async function startTraced(percent = 100): Promise<Traced> {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const tracer = openOtlpTracer({ endpoint: collector.endpoint, percent, version: '1.2.3', log: silentLog });
  const observer = tracedObserver(silentObserver, tracer);
  const store: Store = new ObservedStore(etcd.store, observer.store);
  const gateway = await startGateway({ store, schema, observer, tracer });
  onTestFinished(() => gateway.stop());
  onTestFinished(() => tracer.close(0));
  return { collector, tracer, gateway, flush: () => tracer.close(5000) };
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its expectation.
type Json = any;

const question = `query Look($id: ID!) { guest(id: $id) { name agent { state } } }`;

describe('a trace', () => {
  it('goes from the operation to the requests to etcd and to the agent, as a part of the trace of whoever asked', async () => {
    const { collector, gateway, flush } = await startTraced();
    agentHeaders.length = 0;
    const response = await gateway.post({ query: question, variables: { id: guest } }, { traceparent, 'x-request-id': 'page-7' });
    expect(await response.json()).toMatchObject({ data: { guest: { agent: { state: 'running' } } } });
    await flush();
    const { spans } = collector;
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const tree = printTree(spans, callerSpan);
    expect(tree).toHaveLength(spans.length);
    expect(tree[0]).toBe('query Look');
    expect(new Set(tree.slice(1))).toEqual(new Set(['  etcd read', '  GET listGuests']));

    const named = (name: string) => spans.find((span) => span.name === name);
    expect(named('query Look')).toMatchObject({
      kind: 2,
      attributes: {
        'graphql.operation.type': 'query',
        'graphql.operation.name': 'Look',
        'lochness.request.id': 'page-7',
      },
      status: { code: 0 },
    });
    expect(named('etcd read')).toMatchObject({ kind: 3, attributes: { 'db.system': 'etcd', 'db.operation.name': 'read' } });
    expect(named('GET listGuests')).toMatchObject({
      kind: 3,
      attributes: {
        'http.request.method': 'GET',
        'server.address': '127.0.0.1',
        'server.port': agent.port,
        'lochness.hypervisor.id': hypervisor,
      },
    });
    // The agent can go on with it.
    expect(agentHeaders).toEqual([`00-${traceId}-${named('GET listGuests')?.spanId}-01`]);
    expect(collector.texts.join()).toContain('lochness-gateway');
  });

  it('has neither the document nor its variables', async () => {
    const { collector, gateway, flush } = await startTraced();
    await gateway.ask('query Look($id: ID!) { guest(id: $id) { secretly: name } }', { id: guest });
    await flush();
    expect(collector.spans.length).toBeGreaterThan(1);
    expect(collector.texts.join()).not.toContain('secretly');
    expect(collector.texts.join()).not.toContain(guest);
  });

  it('names its id in each line that the log has of it', async () => {
    const { gateway } = await startTraced();
    await gateway.post({ query: question, variables: { id: guest } }, { traceparent });
    const line = await gateway.lineSaying('operation');
    expect(line).toMatchObject({ operation: 'Look', traceId });
  });

  it('says by its code what failed', async () => {
    const { collector, gateway, flush } = await startTraced();
    agent.answer(json({}, 500));
    onTestFinished(() => agent.answer(json([{ id: guest, state: 'running' }])));
    await gateway.ask(question, { id: guest });
    await flush();
    const failed = collector.spans.filter(({ status }) => status.code === 2);
    const codes = failed.map(({ name, status, attributes }) => [name, status.message, attributes['error.type']]);
    expect(codes).toEqual([
      ['GET listGuests', 'AGENT_ERROR', 'AGENT_ERROR'],
      ['query Look', 'AGENT_ERROR', 'AGENT_ERROR'],
    ]);
  });

  it('begins anew where a request names none, or none that is valid', async () => {
    const { collector, gateway, flush } = await startTraced();
    await gateway.post({ query: '{ revision }' }, { traceparent: 'ff-1-2-3' });
    await gateway.post({ query: '{ revision }' });
    await flush();
    const roots = collector.spans.filter(({ name }) => name === 'query');
    expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual(['', '']);
    expect(new Set(roots.map((span) => span.traceId)).size).toBe(2);
  });

  it('is recorded where whoever asked records it, whatever the share of those that begin here', async () => {
    const { collector, gateway, flush } = await startTraced(0);
    await gateway.ask('query Unseen { revision }');
    await gateway.post({ query: 'query Seen { revision }' }, { traceparent });
    await gateway.post({ query: 'query Unwanted { revision }' }, { traceparent: traceparent.replace(/01$/, '00') });
    await flush();
    expect(printTree(collector.spans, callerSpan)).toEqual(['query Seen', '  etcd read']);
    expect(collector.spans).toHaveLength(2);
    const lines = gateway.logLines.filter(({ msg }) => msg === 'operation');
    expect(lines.map((line) => line.traceId)).toEqual([undefined, traceId, undefined]);
  });

  it('goes over a WebSocket by the extensions of an operation, and not on with the events of a subscription', async () => {
    const { collector, gateway, flush } = await startTraced();
    const record = Buffer.from(guestRecord({ hypervisor, bridge: 'b' }));
    const writes = [{ type: 'put', key: keyFromText(`lochness/guests/${guest}/metadata`), value: record }] as const;
    const { revision } = await etcd.store.commit({ compares: [], writes });
    const { client } = await openSocketClient(gateway.url);
    onTestFinished(() => void client.dispose());
    const told = client.iterate<Json>({
      query: `subscription Follow { guestChanged(after: "${revision - 1}") { guest { name hypervisor { id } } } }`,
      extensions: { traceparent },
    });
    expect((await told.next()).value.data.guestChanged.guest.hypervisor).toEqual({ id: hypervisor });
    await told.return?.(undefined);
    await flush();
    const tree = printTree(collector.spans, callerSpan);
    expect(tree[0]).toBe('subscription Follow');
    expect(tree).toHaveLength(collector.spans.length);
    expect(tree.slice(1).every((name) => /^ {2}etcd (read|watch)$/.test(name))).toBe(true);
  });
});
