import { once } from 'node:events';
import { createSchema } from 'graphql-yoga';
import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { silentLog } from '../../../src/log.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openEventSource } from '../../support/sse-client.ts';
import { openRawSocket, openSocketClient } from '../../support/ws-client.ts';
import { exchange, openConnection } from '../raw-http.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(options: Partial<GatewayOptions>): Promise<Gateway> {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema, ...options });
  closing.push(
    () => store.close(),
    () => gateway.stop(),
  );
  return gateway;
}

/** More than lies in the buffers of two operating systems. */
const longText = 'x'.repeat(32 * 1024 * 1024);

interface Gated {
  readonly started: string[];
  release(name: string): void;
}

/** Fields that answer much, or when they are let. */
function heavySchema() {
  const gates = new Map<string, () => void>();
  const gated: Gated = { started: [], release: (name) => gates.get(name)?.() };
  const heavy = createSchema<Context>({
    typeDefs: 'type Query { long: String wait(name: String!): String } type Subscription { long: String }',
    resolvers: {
      Query: {
        long: () => longText,
        wait: (_root, { name }: { name: string }) =>
          new Promise((resolve) => {
            gated.started.push(name);
            gates.set(name, () => resolve(name));
          }),
      },
    },
  });
  return { schema: heavy, ...gated };
}

const head = 'Host: localhost\r\nContent-Type: application/json';
const get = (query: string) => `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\n${head}\r\n\r\n`;

describe('WebSockets and event streams of one viewer', () => {
  const watching = { query: 'subscription { guestChanged { type } }' };

  it('are as many as may be: one more is told to come again, and comes in when another one has gone', async () => {
    const gateway = await open({ limits: { sockets: 2 } });
    const client = await openSocketClient(gateway.url);
    const stream = await openEventSource(gateway.url, watching);
    expect(stream.response.status).toBe(200);

    const refused = await openEventSource(gateway.url, watching);
    expect(refused.response.status).toBe(429);
    expect(refused.response.headers.get('retry-after')).toBe('1');
    await expect(openSocketClient(gateway.url)).rejects.toMatchObject({ code: 1013 });
    expect((await client.ask('{ revision }')).errors).toBeUndefined();
    expect((await gateway.post({ query: '{ revision }' })).status).toBe(200);

    const closed = gateway.lineSaying('operation');
    stream.cut();
    await closed;
    client.cut();
    await client.closed;
    const another = await openUntilLetIn(gateway.url);
    another.cut();
  });

  /** The gateway hears of the end of a connection some time after its client. */
  async function openUntilLetIn(url: string) {
    for (;;) {
      const client = await openSocketClient(url).catch(() => null);
      if (client !== null) return client;
    }
  }
});

describe('Connections', () => {
  it('are as many as may be: more are closed, which is told once', async () => {
    const gateway = await open({ limits: { connections: 2 } });
    const first = await openConnection(gateway.port);
    const second = await openConnection(gateway.port);
    for (let count = 0; count < 5; count++) {
      const refused = await openConnection(gateway.port);
      expect(await refused.closed).toBe('');
    }
    expect(gateway.logLines.filter(({ msg }) => msg.startsWith('connections refused'))).toMatchObject([
      { level: 40, limit: 2, refused: 1 },
    ]);
    second.socket.destroy();
    first.socket.write(get('{ revision }'));
    await once(first.socket, 'data');
    first.socket.destroy();
  });

  it.each([
    ['its head', 'POST /graphql HTTP/1.1\r\nHost: local'],
    ['its body', `POST /graphql HTTP/1.1\r\n${head}\r\nContent-Length: 100\r\n\r\n{"query"`],
    ['anything', ''],
  ])('are closed when a request takes too long to send %s', async (_what, text) => {
    const gateway = await open({ limits: { requestTimeoutMs: 200 } });
    expect(await exchange(gateway.port, text)).toMatch(/^(HTTP\/1.1 408 |$)/);
  });

  it('with heads longer than 16 KiB are answered with 431', async () => {
    const gateway = await open({});
    expect(await exchange(gateway.port, `GET /graphql HTTP/1.1\r\n${head}\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    );
  });

  it.each(['text/event-stream', 'multipart/mixed'])('are cut when their client takes nothing of a %s', async (mediaType) => {
    const { schema: heavy } = heavySchema();
    const gateway = await open({ schema: heavy, limits: { requestTimeoutMs: 300 }, logLevel: 'debug' });
    const { socket } = await openConnection(gateway.port);
    socket.pause();
    socket.write(get('{ long }').replace('\r\n\r\n', `\r\nAccept: ${mediaType}\r\n\r\n`));
    expect(await gateway.lineSaying('request')).toMatchObject({ status: 200 });
    socket.destroy();
  });

  it('stay open where there is nothing to take for long', async () => {
    const gateway = await open({ limits: { requestTimeoutMs: 200 } });
    const stream = await openEventSource(gateway.url, { query: 'subscription { changes { cursor } }' });
    for (let round = 0; round < 2; round++) await exchange(gateway.port, 'POST /graphql HTTP/1.1\r\nHost: local');
    await gateway.ask('mutation { createNetwork(input: {}) { network { id } } }');
    expect(await stream.next()).toMatchObject({ data: { changes: { cursor: expect.any(String) } } });
    stream.cut();
  });

  it('are cut when their client takes nothing of an answer, and not while it is made', async () => {
    const { schema: heavy, started, release } = heavySchema();
    const gateway = await open({ schema: heavy, limits: { requestTimeoutMs: 300 }, logLevel: 'debug' });
    const patient = await openConnection(gateway.port);
    patient.socket.write(get('{ wait(name: "patient") }'));
    await untilStarted(started, 1, patient.socket);

    const { socket } = await openConnection(gateway.port);
    socket.pause();
    socket.write(get('{ long }'));
    expect(await gateway.lineSaying('request')).toMatchObject({ status: 200 });

    const answered = once(patient.socket, 'data');
    release('patient');
    expect(String(await answered)).toContain('200 OK');
    patient.socket.destroy();
    socket.destroy();
  });

  it('have one request under way, and few that wait for their turn', async () => {
    const { schema: heavy, started, release } = heavySchema();
    const gateway = await open({ schema: heavy });
    const { socket } = await openConnection(gateway.port);
    socket.write(get('{ wait(name: "0") }') + get('{ wait(name: "1") }') + get('{ wait(name: "2") }'));
    const texts: string[] = [];
    socket.on('data', (data: Buffer) => texts.push(data.toString()));
    for (const [index, name] of ['0', '1', '2'].entries()) {
      await untilStarted(started, index + 1, socket);
      expect(started).toHaveLength(index + 1);
      release(name);
    }
    await expect.poll(() => texts.join('').match(/"wait":"\d"/g)).toEqual(['"wait":"0"', '"wait":"1"', '"wait":"2"']);

    const cut = once(socket, 'close');
    socket.write(get('{ wait(name: "x") }').repeat(80));
    await cut;
    expect(started).toEqual(['0', '1', '2', 'x']);
  });

  it('have nothing begun behind an answer with which they are closed', async () => {
    const { schema: heavy, started, release } = heavySchema();
    const gateway = await open({ schema: heavy });
    gateway.announceStop();
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(get('{ wait(name: "first") }') + get('{ wait(name: "second") }'));
    await untilStarted(started, 1, socket);
    release('first');
    expect(await closed).toContain('"wait":"first"');
    await gateway.stop();
    expect(started).toEqual(['first']);
  });

  async function untilStarted(started: readonly string[], count: number, socket: { readonly destroyed: boolean }): Promise<void> {
    await expect
      .poll(() => ({ started: started.length, destroyed: socket.destroyed }))
      .toEqual({ started: count, destroyed: false });
  }
});

describe('A WebSocket', () => {
  const init = { type: 'connection_init' };

  it('has its pings answered, and is cut when it sends them without end', async () => {
    const gateway = await open({});
    const { socket, closed } = await openRawSocket(gateway.url);
    const pong = once(socket, 'pong');
    socket.ping('hello');
    expect(String(await pong)).toBe('hello');
    for (let count = 0; count < 200; count++) socket.ping();
    expect(await closed).toMatchObject({ code: 1006 });
  });

  it('is cut when its client takes nothing of what it asked for', async () => {
    const { schema: heavy } = heavySchema();
    const gateway = await open({ schema: heavy, limits: { requestTimeoutMs: 300 }, logLevel: 'debug' });
    const { socket, send, receive } = await openRawSocket(gateway.url);
    send(init);
    await receive();
    socket.pause();
    send({ id: '1', type: 'subscribe', payload: { query: '{ long }' } });
    expect(await gateway.lineSaying('WebSocket closed')).toMatchObject({ code: 1006 });
    socket.terminate();
  });

  it('is cut when the messages that it has under way are too long together', async () => {
    const { schema: heavy } = heavySchema();
    const gateway = await open({ schema: heavy, limits: { messageBytes: 2000 } });
    const { send, receive, closed } = await openRawSocket(gateway.url);
    send(init);
    await receive();
    for (let id = 0; id < 7; id++) {
      send({ id: String(id), type: 'subscribe', payload: { query: `{ wait(name: "${id}") } #${'x'.repeat(1800)}` } });
    }
    expect(await closed).toMatchObject({ code: 1006 });
  });
});
