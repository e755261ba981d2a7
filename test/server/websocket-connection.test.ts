import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import type { WebsocketLimits } from '../../src/server/websocket.ts';
import { openPingLimit } from '../../src/server/websocket-ping.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openRawSocket, openSocketClient, type RawSocket, type RawSocketOptions } from '../support/ws-client.ts';
import { websocketOffer } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(limits: Partial<WebsocketLimits> = {}): Promise<Gateway> {
  const store = openMemoryStore({ log: silentLog });
  closing.push(() => store.close());
  const gateway = await startGateway({
    store,
    schema: transportSchema(),
    limits: { messageBytes: 1000 },
    websocketLimits: limits,
    logLevel: 'debug',
  });
  closing.push(() => gateway.stop());
  return gateway;
}

async function openRaw(gateway: Gateway, options: RawSocketOptions = {}): Promise<RawSocket> {
  const raw = await openRawSocket(gateway.url, options);
  closing.push(() => raw.socket.terminate());
  return raw;
}

const init = { type: 'connection_init' };
const ask = (id: string, query = '{ count }') => ({ id, type: 'subscribe', payload: { query } });

describe('A socket is closed', () => {
  it.each([
    ['4400 for what is no JSON', '{', 4400],
    ['4400 for a message without a type', { id: '1' }, 4400],
    ['4400 for a message of an unknown type', { type: 'start' }, 4400],
    ['4400 for an operation without a document', { id: '1', type: 'subscribe', payload: {} }, 4400],
    ['4400 for an operation without an id', { type: 'subscribe', payload: { query: '{ count }' } }, 4400],
    ['4401 for an operation before the socket is agreed on', ask('1'), 4401],
    ['4400 for a message that only a gateway sends', { type: 'connection_ack' }, 4400],
    ['1009 for a message over the limit', ask('1', `{ count } #${'x'.repeat(1000)}`), 1009],
  ])('with %s', async (_what, message, code) => {
    const raw = await openRaw(await open());
    raw.send(message);
    expect((await raw.closed).code).toBe(code);
  });

  it('with 4429 when it is agreed on twice', async () => {
    const raw = await openRaw(await open());
    raw.send(init);
    raw.send(init);
    expect((await raw.closed).code).toBe(4429);
  });

  it('with 4409 for an operation under the id of another one', async () => {
    const store = openMemoryStore({ log: silentLog });
    const schema = transportSchema({ gate: () => new Promise(() => undefined) });
    const gateway = await startGateway({ store, schema });
    closing.push(() => store.close());
    closing.push(() => gateway.stop());
    const raw = await openRaw(gateway);
    for (const message of [init, ask('1', '{ wait }'), ask('1', '{ wait }')]) raw.send(message);
    expect((await raw.closed).code).toBe(4409);
  });

  it('with 4408 when it is not agreed on in time', async () => {
    const raw = await openRaw(await open({ initTimeoutMs: 20 }));
    expect((await raw.closed).code).toBe(4408);
  });

  it('with 1007 for what is no UTF-8, and with 1002 for what is no frame', async () => {
    const gateway = await open();
    const binary = await openRaw(gateway);
    binary.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await binary.closed).code).toBe(1007);
    const broken = await openUpgraded(gateway);
    broken.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    const [frame] = await once(broken, 'data');
    expect(frame.readUInt16BE(2)).toBe(1002);
    broken.destroy();
  });

  it('for what its client did wrong without a word on the console, or a warning in the log', async () => {
    const console = [vi.spyOn(globalThis.console, 'error'), vi.spyOn(globalThis.console, 'warn')];
    const gateway = await open();
    for (const message of ['{', ask('1'), ask('1', 'x'.repeat(1000))]) {
      const raw = await openRaw(gateway);
      raw.send(message);
      await raw.closed;
    }
    for (const spy of console) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(gateway.logLines.filter(({ level }) => level > 30)).toEqual([]);
  });
});

describe('What comes behind the close of a socket', () => {
  it('is not done', async () => {
    const gateway = await open();
    const raw = await openRaw(gateway);
    for (const message of [init, '{', ask('1')]) raw.send(message);
    expect((await raw.closed).code).toBe(4400);
    expect(gateway.logLines.filter(({ msg }) => msg === 'operation')).toEqual([]);
  });
});

describe('A client that does not read', () => {
  it('is cut off when too much waits for it', async () => {
    const gateway = await open({ pendingMessages: 10 });
    const socket = await openUpgraded(gateway);
    socket.pause();
    socket.write(frame(init));
    // Each answer carries the id of its operation twice.
    let count = 0;
    const operation = (): Buffer => frame(ask(`${count++} ${'x'.repeat(850)}`));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const batch = (): Buffer => Buffer.concat(Array.from({ length: 100 }, operation));
    const feed = (): void => {
      if (!socket.destroyed) socket.write(batch(), () => setImmediate(feed));
    };
    feed();
    expect(await gateway.lineSaying('WebSocket closed')).toMatchObject({ code: 1006 });
    socket.resume();
    await closed;
  });
});

describe('A client that sends pings without end', () => {
  const ping = { type: 'ping' };

  async function afterPongs(raw: RawSocket): Promise<unknown> {
    const message = await raw.receive();
    return JSON.stringify(message) === '{"type":"pong"}' ? afterPongs(raw) : message;
  }

  it('is cut, be they frames, messages, or some of each', async () => {
    // All of them come in one second.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    closing.push(() => clock.mockRestore());
    const gateway = await open();
    const ways: readonly ((raw: RawSocket, index: number) => void)[] = [
      ({ socket }) => socket.ping(),
      ({ send }) => send(ping),
      ({ socket, send }, index) => (index % 2 === 0 ? socket.ping() : send(ping)),
    ];
    for (const way of ways) {
      const raw = await openRaw(gateway);
      for (let index = 0; index < 99; index++) way(raw, index);
      raw.send(ping);
      raw.send(init);
      expect(await afterPongs(raw)).toEqual({ type: 'connection_ack' });
      way(raw, 100);
      expect((await raw.closed).code).toBe(1006);
    }
  });

  it('has a hundred more in each second', () => {
    let nowMs = 5_000;
    const isTooMany = openPingLimit(() => nowMs);
    for (let second = 0; second < 3; second++) {
      for (let count = 0; count < 100; count++) expect(isTooMany()).toBe(false);
      nowMs += 1000;
    }
    nowMs -= 1;
    expect(isTooMany()).toBe(true);
    nowMs += 1;
    expect(isTooMany()).toBe(false);
  });
});

describe('A socket on which nothing happens', () => {
  it('stays open while its client answers pings', async () => {
    const gateway = await open({ pingIntervalMs: 10 });
    const { client, ask: asked } = await openSocketClient(gateway.url);
    closing.push(() => client.dispose());
    const raw = await openRaw(gateway);
    raw.send(init);
    for (let ping = 0; ping < 10; ping++) await once(raw.socket, 'ping');
    expect(await asked('{ count }')).toEqual({ data: { count: 3 } });
    expect(raw.socket.readyState).toBe(raw.socket.OPEN);
  });

  it('is cut off when its client does not', async () => {
    const gateway = await open({ pingIntervalMs: 10 });
    const raw = await openRaw(gateway, { autoPong: false });
    raw.send(init);
    expect((await raw.closed).code).toBe(1006);
    expect(await gateway.lineSaying('WebSocket closed')).toMatchObject({ code: 1006 });
  });
});

/** A connection that has become a WebSocket, and speaks only in bytes. */
async function openUpgraded({ port }: Gateway) {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  socket.write(websocketOffer);
  const [head] = await once(socket, 'data');
  expect(head.toString()).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

/** A message of up to 64 KiB as a client sends it, masked with zeros. */
function frame(message: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const header = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([header, payload]);
}
