import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openRawSocket } from '../support/ws-client.ts';
import { exchange, openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ store, schema: transportSchema(), corsOrigins: ['https://dash.example'] });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

interface Upgrade {
  readonly path?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
}

function upgradeRequest({ path = '/graphql', host = 'gateway.localhost', headers = {} }: Upgrade): string {
  const all = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** The head of the answer to an upgrade; its connection is cut then. */
async function answerTo(upgrade: Upgrade): Promise<string> {
  const { socket, closed } = await openConnection(gateway.port);
  socket.write(upgradeRequest(upgrade));
  socket.once('data', () => socket.destroy());
  return closed;
}

const accepted = /^HTTP\/1\.1 101 [\s\S]*\r\nsec-websocket-protocol: graphql-transport-ws\r\n/i;

async function refusal(upgrade: Upgrade) {
  // To its end: who is refused is also let go.
  const text = await exchange(gateway.port, upgradeRequest(upgrade));
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [{ message, extensions }] = JSON.parse(body).errors;
  return { status: Number(head.split(' ')[1]), head, message, ...extensions };
}

describe('A WebSocket', () => {
  it('is opened at the path of GraphQL, whatever its query', async () => {
    expect(await answerTo({})).toMatch(accepted);
    expect(await answerTo({ path: '/graphql?token=x' })).toMatch(accepted);
  });

  it('is told its request id, which its lines in the log have: its own, or a new one', async () => {
    expect(await answerTo({ headers: { 'x-request-id': 'mine-1' } })).toMatch(/\r\nx-request-id: mine-1\r\n/);
    expect(await answerTo({ headers: { 'x-request-id': 'a b' } })).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
  });

  it.each([
    ['of a version that nobody speaks', 400, 'sec-websocket-version', { 'sec-websocket-version': '12' }],
    ['without a key', 400, 'sec-websocket-key', { 'sec-websocket-key': null }],
    [
      'with a list of protocols that is none',
      400,
      'sec-websocket-protocol',
      { 'sec-websocket-protocol': 'graphql-transport-ws,,' },
    ],
  ])('%s is refused as any request is', async (_what, status, field, headers) => {
    const { head, ...refused } = await refusal({ headers: { 'x-request-id': 'mine-2', ...headers } });
    expect(refused).toMatchObject({ status, code: 'BAD_USER_INPUT', field });
    expect(head).toMatch(/\r\nx-request-id: mine-2\r\n[\s\S]*x-content-type-options: nosniff\r\n/);
    expect(/\r\nsec-websocket-version: (.*)\r\n/.exec(head)?.[1]).toBe(field === 'sec-websocket-version' ? '13, 8' : undefined);
  });

  it.each(['/', '/health', '/graphql/', '/graphqls', '//graphql'])('is not opened at %s', async (path) => {
    expect(await refusal({ path })).toMatchObject({ status: 404, code: 'BAD_USER_INPUT', field: 'path' });
  });

  it('is not opened for a host that is none', async () => {
    expect(await refusal({ host: 'a b' })).toMatchObject({ status: 400, field: 'path' });
    expect(await refusal({ host: 'evil.example' })).toMatchObject({ status: 403, field: 'host' });
  });

  it.each([
    ['a program, which has no origin', 'gateway.localhost', null],
    ['a page of the gateway', 'gateway.localhost:4000', 'http://gateway.localhost:4000'],
    ['a page of the gateway on its default port', 'gateway.localhost:80', 'http://gateway.localhost'],
    ['a page of the gateway behind a proxy that encrypts', 'gateway.localhost', 'https://gateway.localhost'],
    ['a page of the gateway behind such a proxy that names the port', 'gateway.localhost:443', 'https://gateway.localhost'],
    ['a page of the gateway by an IPv6 address', '[::1]:4000', 'http://[::1]:4000'],
    ['a page that is listed', 'gateway.localhost', 'https://dash.example'],
  ])('is opened by %s', async (_who, host, origin) => {
    expect(await answerTo({ host, headers: { origin } })).toMatch(accepted);
  });

  it.each([
    'https://evil.example',
    'http://gateway.localhost:4000',
    'http://gateway.localhost.evil.example',
    'http://gateway.localhost@evil.example',
    'https://evil.example/gateway.localhost',
    'https://sub.dash.example',
    'http://dash.example',
    'https://DASH.example',
    'chrome-extension://gateway.localhost',
    'null',
    '',
  ])('is not opened by a page of %j', async (origin) => {
    const { status, field, head } = await refusal({ headers: { origin } });
    expect([status, field]).toEqual([403, 'origin']);
    expect(head).not.toMatch(/access-control/i);
  });

  it.each([
    ['none', null],
    ['that of an older library', 'graphql-ws'],
    ['a similar one', 'graphql-transport-ws2'],
  ])('is not opened for a subprotocol that is not spoken: %s', async (_what, offered) => {
    const { status, field, message } = await refusal({ headers: { 'sec-websocket-protocol': offered } });
    expect([status, field]).toEqual([400, 'sec-websocket-protocol']);
    expect(message).toContain('graphql-transport-ws');
  });

  it('is opened for the right subprotocol among others', async () => {
    const offered = 'graphql-ws, graphql-transport-ws';
    expect(await answerTo({ headers: { 'sec-websocket-protocol': offered } })).toMatch(accepted);
  });

  it.each([
    ['method', (text: string) => text.replace('GET', 'POST'), 405],
    ['version', (text: string) => text.replace('version: 13', 'version: 7'), 400],
    ['key', (text: string) => text.replace('dGhl', ''), 400],
  ])('is not opened by a handshake with a wrong %s', async (_what, change, status) => {
    expect(await exchange(gateway.port, change(upgradeRequest({})))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('is refused with the id under which that is logged', async () => {
    const { head } = await refusal({ headers: { origin: 'https://evil.example', 'x-request-id': 'page-7' } });
    expect(head).toContain('x-request-id: page-7');
    expect(head).toContain('x-content-type-options: nosniff');
    expect(gateway.logLines).toContainEqual(
      expect.objectContaining({ requestId: 'page-7', msg: 'WebSocket refused', status: 403, origin: 'https://evil.example' }),
    );
  });

  it('can be opened by a client that resets it at once, again and again', async () => {
    for (const headers of [{}, { origin: 'https://evil.example' }, { upgrade: 'h2c' }]) {
      for (let round = 0; round < 20; round++) {
        const { socket, closed } = await openConnection(gateway.port);
        socket.write(upgradeRequest({ headers }));
        socket.resetAndDestroy();
        await closed;
      }
    }
    expect(await gateway.ask('{ count }')).toEqual({ data: { count: 3 } });
  });

  it('can be opened on a connection that has answered a request, and not on one that still owes an answer', async () => {
    const request = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const first = await openConnection(gateway.port);
    first.socket.write(request);
    first.socket.once('data', () => {
      first.socket.write(upgradeRequest({}));
      first.socket.once('data', () => first.socket.destroy());
    });
    expect(await first.closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 101 /);
    const post =
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"query":"{ count }"}';
    expect(await exchange(gateway.port, post + upgradeRequest({}))).not.toContain('101');
  });
});

describe('A request that offers a protocol which is not spoken', () => {
  const body = JSON.stringify({ query: 'query ($n: Int) { count(of: $n) }', variables: { n: 7 } });
  const post = (length: number): string =>
    [
      'POST /graphql HTTP/1.1',
      'Host: gateway.localhost',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      'Content-Type: application/json',
      'X-Request-Id: java-1',
      `Content-Length: ${length}`,
      '\r\n',
    ].join('\r\n');

  it('is served as if it did not', async () => {
    const text = await exchange(gateway.port, post(body.length) + body);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toMatch(/x-request-id: java-1\r\n/i);
    expect(text).toContain('{"data":{"count":7}}');
  });

  it('is served so too when its body comes later and is long', async () => {
    const long = `${body.slice(0, -1)}, "extensions": { "padding": "${'x'.repeat(500_000)}" } }`;
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(post(long.length));
    socket.write(long.slice(0, 10));
    setImmediate(() => socket.write(long.slice(10)));
    expect(await closed).toContain('{"data":{"count":7}}');
  });

  it('may have come on a connection that is in use', async () => {
    const { socket, closed } = await openConnection(gateway.port);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.once('data', () => socket.write(post(body.length) + body));
    expect(await closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 200 /);
  });
});

describe('A WebSocket that is open', () => {
  it('counts as a connection that asks for nothing when the gateway stops', async () => {
    const other = await startGateway({ store, schema: transportSchema() });
    const { closed } = await openRawSocket(other.url);
    await other.stop();
    expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
  });
});
