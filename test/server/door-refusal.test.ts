import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Authenticator } from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { samplesIn, samplesOf } from '../support/prometheus.ts';
import { exchange } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

async function open(options: Partial<GatewayOptions> = {}) {
  const metrics = openMetrics({ version: '1.2.3' });
  const gateway = await startGateway({ store, schema: transportSchema(), observer: metrics.observer, ...options });
  onTestFinished(async () => {
    await gateway.stop();
    metrics.close();
  });
  /** What was counted of requests that never became an operation, by code. */
  async function counted(): Promise<Record<string, number>> {
    return samplesOf(samplesIn(await metrics.text()), 'lochness_gateway_errors_total');
  }
  const messages = (): string[] => gateway.logLines.map(({ msg }) => msg);
  return { gateway, counted, messages };
}

const post = (body: string, ...headers: readonly string[]): string => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', length, ...headers];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};
const get = (path: string, host = 'localhost'): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

const query = JSON.stringify({ query: '{ __typename }' });
const closing = 'Connection: close';

const wrong: readonly (readonly [what: string, status: number, field: string, text: string])[] = [
  ['has no Host that can be read', 400, 'path', get('/graphql', 'a b')],
  ['is meant for another host', 403, 'host', get('/graphql', 'evil.example')],
  ['asks for what is not there', 404, 'path', get('/favicon.ico')],
  ['is a POST to what is not GraphQL', 405, 'method', post(query, closing).replace('/graphql', '/health')],
  ['takes no answer that there is', 406, 'accept', post(query, closing, 'Accept: image/png')],
  ['has an Idempotency-Key that is none', 400, 'idempotency-key', post(query, closing, 'Idempotency-Key: a b')],
];

describe('A request that the door refuses', () => {
  it.each(wrong)('%s: it is counted once, with %i, and is not in the log', async (_what, status, field, text) => {
    const { gateway, counted, messages } = await open();
    const answer = await exchange(gateway.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`"code":"BAD_USER_INPUT","field":"${field}"`);
    expect(/^allow: (.*)\r$/im.exec(answer)?.[1]).toBe(status === 405 ? 'GET, HEAD' : undefined);
    expect(await counted()).toEqual({ '{code="BAD_USER_INPUT",kind="refused"}': 1 });
    // Or whoever asks for nothing again and again fills it.
    expect(messages()).toEqual([]);
  });

  it('is in the log for who looks closely, with its id and what is wrong with it, and without what it says', async () => {
    const { gateway } = await open({ logLevel: 'debug' });
    const response = await fetch(`${gateway.origin}/secret?token=secret`, { headers: { 'x-request-id': 'mine' } });
    expect(response.status).toBe(404);
    const line = await gateway.lineSaying('refused at the door');
    expect(line).toMatchObject({ requestId: 'mine', method: 'GET', status: 404, code: 'BAD_USER_INPUT', field: 'path' });
    expect(JSON.stringify(gateway.logLines)).not.toContain('secret');
  });

  it('meets what nobody thought of: it is counted, and the log has it under the id of the answer', async () => {
    const broken: Authenticator = {
      isOpen: false,
      authenticate: () => {
        throw new TypeError('broken');
      },
      asksNobody: () => true,
      onEnd: () => () => undefined,
      close: () => undefined,
    };
    const { gateway, counted } = await open({ authenticator: broken });
    const response = await gateway.post(query);
    expect(response.status).toBe(500);
    const { errors } = await response.json();
    expect(await gateway.lineSaying('unexpected error')).toMatchObject({ errorId: errors[0].extensions.id });
    expect(await counted()).toEqual({ '{code="INTERNAL_SERVER_ERROR",kind="refused"}': 1 });
  });
});

describe('A request whose answer would come in parts', () => {
  it.each([
    ['names an operation that is not there', { query: 'query A { count }', operationName: 'B' }],
    ['has several operations, and names none', { query: 'query A { count } query B { count }' }],
    ['has a variable that is missing', { query: 'query ($n: Int!) { count(of: $n) }' }],
    ['has no document', {}],
  ])('%s: it is counted once', async (_what, body) => {
    const { gateway, counted } = await open();
    for (const accept of ['text/event-stream', 'multipart/mixed']) {
      const response = await gateway.post(body, { accept });
      expect(await response.text()).toContain('"code":"BAD_USER_INPUT"');
    }
    expect(Object.values(await counted())).toEqual([2]);
  });

  it('is a mutation by GET: it is counted once', async () => {
    const { gateway, counted } = await open();
    const search = new URLSearchParams({ query: 'mutation { fail(code: "CONFLICT") }' });
    const response = await fetch(`${gateway.url}?${search}`, { headers: { accept: 'text/event-stream' } });
    expect([response.status, await response.text()]).toEqual([405, expect.stringContaining('"code":"BAD_USER_INPUT"')]);
    expect(await counted()).toEqual({ '{code="BAD_USER_INPUT",kind="refused"}': 1 });
  });

  it('fails where it is executed: it is counted as what it is', async () => {
    const { gateway, counted } = await open();
    const response = await gateway.post({ query: '{ crash fail(code: "CONFLICT") }' }, { accept: 'text/event-stream' });
    expect(await response.text()).toContain('"code":"CONFLICT"');
    expect(await counted()).toEqual({ '{code="CONFLICT",kind="query"}': 1, '{code="INTERNAL_SERVER_ERROR",kind="query"}': 1 });
  });
});

describe('A request that comes through the door', () => {
  it('is not counted there', async () => {
    const { gateway, counted } = await open();
    for (const path of ['/health', '/ready', '/graphql?query={__typename}']) {
      expect((await fetch(gateway.origin + path)).status).toBe(200);
    }
    expect(await counted()).toEqual({});
  });
});
