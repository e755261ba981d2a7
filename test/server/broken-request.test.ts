import { once } from 'node:events';
import type { GraphQLSchema } from 'graphql';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LogLevel, silentLog } from '../../src/log.ts';
import { openMetrics } from '../../src/metrics/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { samplesIn, samplesOf } from '../support/prometheus.ts';
import { exchange, openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

interface OpenOptions {
  readonly requestTimeoutMs?: number;
  readonly schema?: GraphQLSchema;
  readonly logLevel?: LogLevel;
}

async function open({ requestTimeoutMs = 30_000, schema = transportSchema(), logLevel = 'info' }: OpenOptions = {}) {
  const metrics = openMetrics({ version: '1.2.3' });
  const { observer } = metrics;
  const gateway = await startGateway({ store, schema, observer, limits: { requestTimeoutMs }, logLevel });
  onTestFinished(async () => {
    await gateway.stop();
    metrics.close();
  });
  const samples = async (name: string) => samplesOf(samplesIn(await metrics.text()), `lochness_gateway_${name}`);
  const counted = () => samples('errors_total');
  const requests = () => samples('http_requests_total');
  return { gateway, counted, requests };
}

/** Of the one answer that came. */
function parts(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.split(': ')[0]?.toLowerCase(), line.split(': ')[1]]));
  return { status: Number(first.split(' ')[1]), headers, extensions: JSON.parse(body).errors[0].extensions };
}

const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json';
const body = JSON.stringify({ query: '{ __typename }' });
const whole = `Content-Length: ${body.length}\r\n\r\n${body}`;

/** A whole request whose mutation waits until it is released. */
function heldMutation() {
  const [begun, released] = [new Deferred(), new Deferred()];
  let executed = 0;
  async function gate(): Promise<string> {
    executed += 1;
    begun.resolve();
    await released.promise;
    return 'done';
  }
  const mutation = JSON.stringify({ query: 'mutation { wait }' });
  const text = `${head}\r\nX-Request-Id: first\r\nContent-Length: ${mutation.length}\r\n\r\n${mutation}`;
  return {
    schema: transportSchema({ gate }),
    text,
    begun: begun.promise,
    release: () => released.resolve(),
    executed: () => executed,
  };
}

/** Statuses and ids of all answers that came. */
function answersIn(text: string) {
  const ids = [...text.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id);
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status], index) => ({ status: Number(status), id: ids[index] }));
}

const answered = [{ status: 200, id: 'first' }];
const slow = `${head}\r\nX-Request-Id: second\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`;
const chunked = `${head}\r\nX-Request-Id: second\r\nTransfer-Encoding: chunked\r\n\r\n`;

describe('A request that Node would answer by itself', () => {
  it.each([
    ['is no HTTP', 400, 'request', 'hello there\r\n\r\n'],
    ['is an attack on what is behind a proxy', 400, 'request', `${head}\r\nTransfer-Encoding: chunked\r\n${whole}`],
    ['has too long a head', 431, 'head', `${head}\r\nX-Long: ${'x'.repeat(17_000)}\r\n${whole}`],
    ['expects what nobody can do', 417, 'expect', `${head}\r\nExpect: wonders\r\nConnection: close\r\n${whole}`],
    ['has no Host', 400, 'path', `${head.replace('Host: localhost\r\n', '')}\r\nConnection: close\r\n${whole}`],
  ])('%s: it is answered and counted as any that is refused', async (_what, status, field, text) => {
    const { gateway, counted } = await open();
    const answer = parts(await exchange(gateway.port, text));
    expect(answer).toMatchObject({ status, extensions: { code: 'BAD_USER_INPUT', field } });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(await counted()).toEqual({ '{code="BAD_USER_INPUT",kind="refused"}': 1 });
    expect(gateway.logLines).toEqual([]);
  });

  it('does not arrive in time: it is told so', async () => {
    const { gateway } = await open({ requestTimeoutMs: 200 });
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(`${head}\r\nX-Slow: `);
    // One that sends nothing at all is closed as one that is not in use.
    const trickle = setInterval(() => socket.write('x'), 20);
    const answer = parts(await closed);
    clearInterval(trickle);
    expect(answer).toMatchObject({ status: 408, extensions: { code: 'BAD_USER_INPUT', field: 'request' } });
  });

  it('comes behind one whose answer is on its way: that is not mixed with another one', async () => {
    const { gateway } = await open({ schema });
    const { socket, closed } = await openConnection(gateway.port);
    const streamed = JSON.stringify({ query: 'subscription { jobChanged { jobId } }' });
    socket.write(`${head}\r\nAccept: text/event-stream\r\nContent-Length: ${streamed.length}\r\n\r\n${streamed}`);
    await once(socket, 'data');
    socket.write('hello there\r\n\r\n');
    const text = await closed;
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

/** It counts from the connection on: its head must be read before, also on a machine that is busy. */
const requestTimeoutMs = 1000;

describe('A request that breaks in its body', () => {
  it.each([
    ['does not arrive in time', 408, slow, ''],
    ['has a broken chunk', 400, `${chunked}no number\r\n`, ''],
    ['has a broken chunk, and asks for events', 400, `${chunked}no number\r\n`, '\r\nAccept: text/event-stream'],
  ])('%s: it is told so, and counted once', async (_what, status, text, header) => {
    const { gateway, counted, requests } = await open({ requestTimeoutMs, logLevel: 'debug' });
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(text.replace(head, `${head}${header}`));
    const answer = await closed;
    expect(answersIn(answer)).toEqual([{ status, id: 'second' }]);
    expect(parts(answer).extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'request' });
    expect(await gateway.lineSaying('request')).toMatchObject({ requestId: 'second', status });
    expect(await gateway.lineSaying('broken request')).toMatchObject({ requestId: 'second', status });
    expect(await counted()).toEqual({ '{code="BAD_USER_INPUT",kind="refused"}': 1 });
    expect(await requests()).toEqual({ [`{status="${status}"}`]: 1 });
    expect(gateway.logLines).toHaveLength(2);
  });

  it('is cut by its client: nobody is told, and nothing is counted as refused', async () => {
    const { gateway, counted, requests } = await open({ logLevel: 'debug' });
    expect(await exchange(gateway.port, slow, { andEnd: true })).toBe('');
    expect(await gateway.lineSaying('request')).toMatchObject({ requestId: 'second', status: null });
    expect(await counted()).toEqual({});
    expect(await requests()).toEqual({ '{status="none"}': 1 });
  });

  it('was answered before: nothing more is said', async () => {
    const { gateway, counted, requests } = await open({ requestTimeoutMs });
    const text = await exchange(gateway.port, slow.replace('POST /graphql', 'GET /nowhere'));
    expect(answersIn(text)).toEqual([{ status: 404, id: 'second' }]);
    expect(await counted()).toEqual({ '{code="BAD_USER_INPUT",kind="refused"}': 1 });
    expect(await requests()).toEqual({ '{status="404"}': 1 });
  });
});

describe('A whole request with a broken one behind it', () => {
  it.each([
    ['is no HTTP', 'hello there\r\n\r\n'],
    ['has a broken chunk', `${chunked}no number\r\n`],
    ['has too long a head', `${head}\r\nX-Long: ${'x'.repeat(17_000)}\r\n${whole}`],
    ['does not arrive in time', slow],
  ])('that %s gets its own answer, once it is done', async (_what, broken) => {
    const { schema, text, begun, release, executed } = heldMutation();
    const { gateway, counted, requests } = await open({ schema, requestTimeoutMs, logLevel: 'debug' });
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(text);
    await begun;
    socket.write(broken);
    expect(await gateway.lineSaying('broken request')).toMatchObject({ status: null });
    release();
    const answer = await closed;
    expect(answersIn(answer)).toEqual(answered);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain('{"data":{"wait":"done"}');
    expect(executed()).toBe(1);
    await gateway.stop();
    // What never had its turn was no request.
    expect(await requests()).toEqual({ '{status="200"}': 1 });
    expect(await counted()).toEqual({});
  });

  it('in the same packet gets its own answer', async () => {
    const { schema, text, release } = heldMutation();
    release();
    const { gateway } = await open({ schema });
    expect(answersIn(await exchange(gateway.port, `${text}hello there\r\n\r\n`))).toEqual(answered);
  });

  it('gets its own answer also where it waits for its turn, and the connection is closed behind the last one', async () => {
    const { schema, text, begun, release, executed } = heldMutation();
    const { gateway } = await open({ schema, logLevel: 'debug' });
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(`${text}${text.replace('first', 'second')}hello there\r\n\r\n`);
    await begun;
    await gateway.lineSaying('broken request');
    release();
    expect(answersIn(await closed)).toEqual([...answered, { status: 200, id: 'second' }]);
    expect(executed()).toBe(2);
  });
});
