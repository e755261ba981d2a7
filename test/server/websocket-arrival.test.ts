import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { silentLog } from '../../src/log.ts';
import { watchArrival } from '../../src/server/websocket-arrival.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openRawSocket, type RawSocket } from '../support/ws-client.ts';
import { openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(messageBytes: number): Promise<Gateway> {
  const store = openMemoryStore({ log: silentLog });
  closing.push(() => store.close());
  const gateway = await startGateway({ store, schema: transportSchema(), limits: { messageBytes } });
  closing.push(() => gateway.stop());
  return gateway;
}

/** One that is agreed on. */
async function openRaw(gateway: Gateway): Promise<RawSocket> {
  const raw = await openRawSocket(gateway.url);
  closing.push(() => raw.socket.terminate());
  raw.send({ type: 'connection_init' });
  await raw.receive();
  return raw;
}

function question(id: string): string {
  return JSON.stringify({ id, type: 'subscribe', payload: { query: '{ count }' } });
}

async function pong({ socket }: RawSocket): Promise<void> {
  const came = once(socket, 'pong');
  socket.ping();
  await came;
}

describe('A message in many pieces', () => {
  it('is answered, with pings between them', async () => {
    const raw = await openRaw(await open(1000));
    const message = question('1');
    for (const [index, letter] of [...message].slice(0, 60).entries()) {
      raw.socket.send(letter, { fin: false });
      if (index % 10 === 0) raw.socket.ping();
    }
    raw.socket.send(message.slice(60));
    expect(await raw.receive()).toMatchObject({ id: '1', type: 'next' });
  });

  it('closes its socket with 1008 at one fragment too many', async () => {
    const raw = await openRaw(await open(1000));
    for (let fragment = 0; fragment < 66; fragment++) raw.socket.send('x', { fin: false });
    expect((await raw.closed).code).toBe(1008);
  });

  it('closes its socket with 1008 at one packet too many', async () => {
    const { port } = await open(100_000);
    const { socket, closed } = await openConnection(port);
    const upgrade = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const offer = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: graphql-transport-ws'];
    socket.setNoDelay(true);
    socket.write(`${['GET /graphql HTTP/1.1', ...upgrade, ...offer].join('\r\n')}\r\n\r\n`);
    await once(socket, 'data');
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(100_000, 6);
    socket.write(head);
    let sent = 0;
    let told = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      told = Buffer.concat([told, data]);
    });
    // Two that come in one read are one piece: so there are more of them than of pieces.
    for (; told.length === 0; sent++) {
      socket.write('x');
      await nextTurn();
    }
    expect(told.readUInt16BE(2)).toBe(1008);
    expect(sent).toBeLessThan(100_000);
    socket.destroy();
    await closed;
  });
});

describe('Half a message', () => {
  it('is waited for as long as for a request, however many pings come meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    closing.push(() => vi.useRealTimers());
    const raw = await openRaw(await open(1000));
    raw.socket.send('{', { fin: false });
    for (let part = 0; part < 3; part++) {
      await pong(raw);
      vi.advanceTimersByTime(9_900);
    }
    await pong(raw);
    vi.advanceTimersByTime(301);
    expect((await raw.closed).code).toBe(1006);
  });

  it('has all of its time again after another one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    closing.push(() => vi.useRealTimers());
    const raw = await openRaw(await open(1000));
    for (const id of ['1', '2', '3']) {
      raw.socket.send(question(id).slice(0, 10), { fin: false });
      await pong(raw);
      vi.advanceTimersByTime(29_000);
      raw.socket.send(question(id).slice(10));
      expect(await raw.receive()).toMatchObject({ id, type: 'next' });
      expect(await raw.receive()).toMatchObject({ id, type: 'complete' });
      vi.advanceTimersByTime(29_000);
    }
    vi.advanceTimersByTime(60_000);
    await pong(raw);
  });
});

it('half a message counts for its bytes and its pieces, and a whole one for neither', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  closing.push(() => server.close());
  await once(server, 'listening');
  const held = { readBefore: 0, pieces: 0, pending: 0 };
  const heldBytes = new Promise<() => number>((resolve) => {
    server.once('connection', (websocket, { socket }) => {
      watchArrival({ websocket, socket, held, timeoutMs: 30_000, onLate: () => undefined });
      resolve(() => socket.bytesRead - held.readBefore);
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens at no port');
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, { perMessageDeflate: false });
  closing.push(() => client.terminate());
  await once(client, 'open');
  const bytes = await heldBytes;

  for (let fragment = 0; fragment < 5; fragment++) client.send('x', { fin: false });
  client.ping();
  await once(client, 'pong');
  expect([held.pieces, bytes()]).toEqual([5, 5 * 7 + 6]);
  client.send('x');
  client.ping();
  await once(client, 'pong');
  expect([held.pieces, bytes()]).toEqual([0, 0]);
});
