import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { tlsPath } from '../../support/tls-fixture.ts';
import { openConnection, type RawConnection } from '../raw-http.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const limit = 8;
const limitOfAddress = 6;
const tls = { certificatePath: tlsPath('cert.pem'), keyPath: tlsPath('key.pem') };

async function open(options: { readonly tls?: typeof tls } = {}): Promise<Gateway> {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema, limits: { connections: limit }, logLevel: 'debug', ...options });
  closing.push(
    () => store.close(),
    () => gateway.stop(),
  );
  return gateway;
}

async function openMany(gateway: Gateway, from: string, count: number): Promise<readonly RawConnection[]> {
  const all: RawConnection[] = [];
  for (let index = 0; index < count; index++) all.push(await openConnection(gateway.port, { from }));
  return all;
}

/** The first line of the answer; empty where the connection is closed before there is one. */
async function answerOn({ socket, closed }: RawConnection, headers = ''): Promise<string> {
  socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  const answered = once(socket, 'data').then(
    ([data]) => String(data),
    () => closed,
  );
  const text = await Promise.race([answered, closed]);
  return text.split('\r\n')[0] ?? '';
}

const linesOf = ({ logLines }: Gateway) => logLines.filter(({ msg }) => msg.startsWith('connections refused'));

describe('Connections of one address', () => {
  it('are three quarters of all at most: the others are there for others, and a place that is left is free again', async () => {
    const gateway = await open();
    const greedy = await openMany(gateway, '127.0.0.1', limitOfAddress);
    for (const one of await openMany(gateway, '127.0.0.1', 3)) expect(await one.closed).toBe('');
    expect(linesOf(gateway)).toMatchObject([
      { level: 40, limit: limitOfAddress, refused: 1, address: '127.0.0.1', msg: expect.stringContaining('their address') },
    ]);

    const others = [...(await openMany(gateway, '127.0.0.2', 1)), ...(await openMany(gateway, '127.0.0.3', 1))];
    for (const one of [...greedy, ...others]) expect(await answerOn(one)).toBe('HTTP/1.1 200 OK');
    // Of all there are as many as may be, for whoever comes.
    const [tooMany] = await openMany(gateway, '127.0.0.4', 1);
    expect(await tooMany?.closed).toBe('');
    expect(linesOf(gateway)).toMatchObject([{}, { limit, msg: expect.stringContaining('as many as may be are open') }]);

    for (const one of greedy.slice(0, 1)) one.socket.destroy();
    expect(await answerOfOneLetIn(gateway)).toBe('HTTP/1.1 200 OK');
    for (const { socket } of [...greedy, ...others]) socket.destroy();
  });

  it('are counted once where they offer another protocol with their requests', async () => {
    const gateway = await open();
    const all = await openMany(gateway, '127.0.0.1', limitOfAddress);
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
    for (const one of all) expect(await answerOn(one, offer)).toBe('HTTP/1.1 200 OK');
    expect(linesOf(gateway)).toEqual([]);
    for (const { socket } of all) socket.destroy();
  });

  it('are counted behind TLS from their first byte on', async () => {
    const gateway = await open({ tls });
    const greedy = await openMany(gateway, '127.0.0.1', limitOfAddress);
    for (const one of await openMany(gateway, '127.0.0.1', 2)) expect(await one.closed).toBe('');
    expect(linesOf(gateway)).toMatchObject([{ limit: limitOfAddress, address: '127.0.0.1' }]);
    const [other] = await openMany(gateway, '127.0.0.2', 1);
    expect(other?.socket.destroyed).toBe(false);
    for (const { socket } of [...greedy, ...(other === undefined ? [] : [other])]) socket.destroy();
  });

  /** The gateway hears of the end of a connection some time after its client. */
  async function answerOfOneLetIn(gateway: Gateway): Promise<string> {
    for (;;) {
      const [one] = await openMany(gateway, '127.0.0.1', 1);
      const answer = one === undefined ? '' : await answerOn(one);
      one?.socket.destroy();
      if (answer !== '') return answer;
    }
  }
});
