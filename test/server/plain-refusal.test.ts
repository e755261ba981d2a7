import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { everybody } from '../../src/auth/index.ts';
import { openServices } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openGraphqlServer } from '../../src/server/graphql-server.ts';
import { defaultLimits, openAdmission } from '../../src/server/limits/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { samplesIn } from '../support/prometheus.ts';
import { openEventSource } from '../support/sse-client.ts';

async function open(limits: GatewayOptions['limits'] = {}) {
  const metrics = openMetrics({ version: '1.2.3' });
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema, observer: metrics.observer, limits: { requestsPerSecond: 0, ...limits } });
  onTestFinished(async () => {
    await gateway.stop();
    await store.close();
    metrics.close();
  });
  return {
    gateway,
    /** Each error that was counted, with how often, and the lines that tell of refusals. */
    async seen() {
      const samples = [...samplesIn(await metrics.text())];
      const errors = samples.filter(([name]) => name.startsWith('lochness_gateway_errors_total'));
      return {
        errors: Object.fromEntries(
          errors.map(([name, count]) => [/code="(\w+)",kind="(\w+)"/.exec(name)?.slice(1).join(' '), count]),
        ),
        lines: gateway.logLines.filter(({ msg }) => msg.endsWith('refused')).map(({ msg, errors: codes }) => [msg, codes]),
      };
    },
  };
}

const query = '{ revision }';
const withType = (type: string) => ({ 'content-type': type });
const asEvents = { accept: 'text/event-stream' };

describe('A request that is refused before it becomes an operation is counted and logged once:', () => {
  it.each([
    ['no JSON', '{"query"', {}, 'BAD_USER_INPUT'],
    ['a parameter that nobody knows', { query, mode: 1 }, {}, 'BAD_USER_INPUT'],
    ['a body that is too long', { query, extensions: { long: 'x'.repeat(3000) } }, {}, 'BAD_USER_INPUT'],
    ['no content type of ours', query, withType('text/plain'), 'BAD_USER_INPUT'],
    ['an empty batch', [], {}, 'BAD_USER_INPUT'],
    ['a batch that is too long', Array.from({ length: 4 }, () => ({ query })), {}, 'QUERY_TOO_COMPLEX'],
    ['no JSON, where events are asked for', '{"query"', asEvents, 'BAD_USER_INPUT'],
    ['a batch, where events are asked for', [{ query }], asEvents, 'BAD_USER_INPUT'],
  ])('%s', async (_what, body, headers, code) => {
    const { gateway, seen } = await open({ bodyBytes: 2000, batch: 3 });
    expect((await gateway.post(body, headers)).ok).toBe(false);
    expect(await seen()).toEqual({ errors: { [`${code} refused`]: 1 }, lines: [['request refused', { [code]: 1 }]] });
  });

  it.each([
    ['no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', { query: '{ revison }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an operation that is not there', { query: 'query A { revision }', operationName: 'B' }, 'BAD_USER_INPUT'],
  ])('%s', async (_what, body, code) => {
    const { gateway, seen } = await open();
    await gateway.post(body);
    expect(await seen()).toEqual({ errors: { [`${code} refused`]: 1 }, lines: [['document refused', { [code]: 1 }]] });
  });

  it('a mutation by GET', async () => {
    const { gateway, seen } = await open();
    const mutation = 'mutation { createNetwork(input: {}) { network { id } } }';
    expect((await fetch(`${gateway.url}?${new URLSearchParams({ query: mutation })}`)).status).toBe(405);
    expect((await seen()).errors).toEqual({ 'BAD_USER_INPUT refused': 1 });
  });

  it('one request too many, and one stream too many', async () => {
    const { gateway, seen } = await open({ requestsPerSecond: 1e-6, requestBurst: 3, sockets: 1 });
    const subscription = { query: 'subscription { guestChanged { type } }' };
    const stream = await openEventSource(gateway.url, subscription);
    onTestFinished(() => stream.cut());
    expect((await gateway.post(subscription, asEvents)).status).toBe(429);
    expect(await seen()).toMatchObject({ errors: { 'RATE_LIMITED refused': 1 } });
    expect((await gateway.post([{ query }, { query }])).status).toBe(429);
    expect((await gateway.post({ query })).status).toBe(429);
    const line = ['request refused', { RATE_LIMITED: 1 }];
    expect(await seen()).toEqual({ errors: { 'RATE_LIMITED refused': 3 }, lines: [line, line, line] });
  });

  it('what is wrong with some of a batch', async () => {
    const { gateway, seen } = await open();
    const batch = [null, { query: '{' }, { query: 'subscription { guestChanged { type } }' }, { query }];
    expect((await gateway.post(batch)).status).toBe(200);
    expect((await seen()).errors).toEqual({ 'BAD_USER_INPUT refused': 2, 'GRAPHQL_PARSE_FAILED refused': 1 });
    expect((await seen()).lines).toHaveLength(3);
  });

  it('what costs too much for now, as the operation that it is', async () => {
    const { gateway, seen } = await open({ requestsPerSecond: 1e-6, requestBurst: 3 });
    const dear = { query: '{ guests(first: 1000) { nodes { id } } }' };
    expect((await gateway.post(dear)).status).toBe(200);
    expect((await gateway.post(dear)).status).toBe(429);
    expect(await seen()).toEqual({ errors: { 'RATE_LIMITED query': 1 }, lines: [] });
  });
});

it('a stream that is asked for by somebody who is gone already takes no place from others', async () => {
  const store = openMemoryStore({ log: silentLog });
  const services = openServices({ store, prefix: 'lochness/', log: silentLog });
  const limits = { ...defaultLimits, sockets: 1 };
  const admission = openAdmission({ limits, nowMs: () => 0 });
  const graphql = openGraphqlServer({ services, schema, limits, admission, debugExtensions: false });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const search = new URLSearchParams({ query: 'subscription { guestChanged { type } }' });
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0);
  client.on('error', () => undefined).write(`GET /graphql?${search} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const { request, response } = await new Promise<{ request: IncomingMessage; response: ServerResponse }>((resolve) => {
    server.once('request', (request, response) => resolve({ request, response }));
  });
  response.destroy();
  await once(response, 'close');

  const { signal } = new AbortController();
  const asked = { requestId: 'gone', transport: 'http', traceparent: null, viewer: everybody, idempotencyKey: null } as const;
  await graphql.handle(request, response, { ...asked, signal, clientSignal: signal, accept: 'text/event-stream' });
  expect(admission.openSocket({ viewer: everybody, address: request.socket.remoteAddress })).toBeTypeOf('function');

  server.close();
  graphql.close();
  await services.changes.close();
  await services.agents.close();
  await store.close();
});
