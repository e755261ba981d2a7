import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Authenticator, openToEverybody } from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { exchange, openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;
afterEach(() => gateway.stop());
afterAll(() => store.close());

async function start(options: Partial<GatewayOptions>): Promise<void> {
  gateway = await startGateway({ store, schema: transportSchema(), ...options });
}

interface Target {
  /** Of the plain request. Default: `/health`. */
  readonly plain?: string;
  /** Of the one for a WebSocket. Default: `/graphql`. */
  readonly upgrade?: string;
}

/** The statuses of a plain request, and of one for a WebSocket. */
async function statuses(host: string, targets: Target = {}): Promise<readonly number[]> {
  const target = targets.plain ?? '/health';
  const plain = await exchange(gateway.port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const { socket, closed } = await openConnection(gateway.port);
  const upgrade = [
    `GET ${targets.upgrade ?? '/graphql'} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
  ];
  socket.write(`${upgrade.join('\r\n')}\r\n\r\n`);
  socket.once('data', () => socket.destroy());
  return [plain, await closed].map((text) => Number(text.split(' ')[1]));
}

const taken = [200, 101];
const refused = [403, 403];

describe('Where everybody is let in, a request', () => {
  it('is taken by a name that the operator listed, whatever its case and port, besides addresses and localhost', async () => {
    await start({ allowedHosts: ['gateway.example'] });
    for (const host of [
      'gateway.example',
      'GATEWAY.example:4000',
      'gateway.example.',
      'localhost.',
      'localhost',
      '10.1.2.3',
      '[::1]:4000',
    ]) {
      expect(await statuses(host)).toEqual(taken);
    }
  });

  it('is refused by any other name: a web page may have pointed it here', async () => {
    await start({ allowedHosts: ['gateway.example'] });
    for (const host of ['evil.example', 'sub.gateway.example', 'gateway.example.evil.example']) {
      expect(await statuses(host)).toEqual(refused);
    }
  });
});

describe.each([true, false])('Wherever it is asked for (open to everybody: %s), a request', (isOpen) => {
  const start = async () => {
    gateway = await startGateway({ store, schema: transportSchema(), authenticator: { ...openToEverybody, isOpen } });
  };

  it.each(['file:///graphql', 'foo:///graphql', 'foo://%zz/graphql', 'foo://a%00b/graphql', 'data:x'])(
    'for %s is refused: it is no address of HTTP',
    async (target) => {
      await start();
      expect(await statuses('localhost', { plain: target, upgrade: target })).toEqual([400, 400]);
      expect(await statuses('localhost')).toEqual(taken);
    },
  );

  it('without a host, or with two of them, is refused', async () => {
    await start();
    expect(await statuses('', { plain: '/localhost/health' })).toEqual([400, 400]);
    expect(await statuses('localhost\r\nHost: evil.example')).toEqual([400, 400]);
  });

  it.each(['localhost/health#', 'localhost?', 'a@localhost', 'localhost\\health', 'gateway.example@evil.example'])(
    'of the host %s is refused: a part of it would be read as something else',
    async (host) => {
      await start();
      expect(await statuses(host, { plain: '/ready' })).toEqual([400, 400]);
    },
  );
});

describe('Where one has to show who he is, a request', () => {
  it('is taken by any name: a web page knows no credential', async () => {
    const authenticator: Authenticator = { ...openToEverybody, isOpen: false };
    await start({ authenticator });
    expect(await statuses('gateway.example')).toEqual(taken);
  });
});
