import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { tlsAuthorities as ca, tlsPath } from '../support/tls-fixture.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { exchange, openConnection } from './raw-http.ts';
import { openTlsConnection } from './tls-client.ts';
import { transportSchema } from './transport-schema.ts';

const tls = { certificatePath: tlsPath('cert.pem'), keyPath: tlsPath('key.pem') };
const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

function post(query: string, headers: readonly string[] = []): string {
  const body = JSON.stringify({ query });
  const lines = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers];
  return `${[...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}

const newNetwork = 'mutation { createNetwork(input: { metadata: { name: "web" } }) { network { id } } }';

describe('A gateway with a certificate', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ store, memory: store.memory, schema: buildSchema(), tls });
  });
  afterAll(() => gateway.stop());

  it('is asked by HTTPS, as its address says', async () => {
    expect(gateway.url).toBe(`https://127.0.0.1:${gateway.port}/graphql`);
    const { until, socket } = await openTlsConnection(gateway.port);
    const text = await until(/"data"/, post('{ __typename }'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('{"data":{"__typename":"Query"}');
    socket.destroy();
  });

  it('gives no answer to plain HTTP', async () => {
    expect(await exchange(gateway.port, post('{ __typename }'))).not.toContain('200');
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { socket } = await openTlsConnection(gateway.port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    // Whatever this client's own OpenSSL thinks of it.
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(openTlsConnection(gateway.port, old)).rejects.toMatchObject({ code: /PROTOCOL_VERSION/ });
  });

  it('takes a WebSocket, with queries and subscriptions', async () => {
    const { client, ask } = await openSocketClient(gateway.url, { ca });
    expect(await ask('{ __typename }')).toMatchObject({ data: { __typename: 'Query' } });
    const { data } = await ask('{ revision }');
    const events = client.iterate({ query: `subscription { changes(after: "${data.revision}") { kind } }` });
    await ask(newNetwork);
    expect(await events.next()).toMatchObject({ value: { data: { changes: { kind: 'NETWORK' } } } });
    await client.dispose();
  });

  it('answers a subscription as server-sent events', async () => {
    const { until, socket } = await openTlsConnection(gateway.port);
    const asked = await until(/"revision"/, post('{ revision }'));
    const [, revision] = /"revision":"(\d+)"/.exec(asked) ?? [];
    socket.write(post(`subscription { changes(after: "${revision}") { kind } }`, ['Accept: text/event-stream']));
    const other = await openTlsConnection(gateway.port);
    await other.until(/"data"/, post(newNetwork));
    expect(await until(/event: next/)).toContain('{"data":{"changes":{"kind":"NETWORK"}}');
    socket.destroy();
    other.socket.destroy();
  });

  it('serves a request that offers another protocol as if it did not', async () => {
    const { socket, closed } = await openTlsConnection(gateway.port);
    socket.write(post('{ __typename }', ['Connection: Upgrade', 'Upgrade: h2c']));
    expect(await closed).toContain('{"data":{"__typename":"Query"}');
  });
});

describe('A gateway with a certificate that stops', () => {
  it('finishes what is under way, and closes all other connections: handshakes that never end, idle ones, WebSockets', async () => {
    const started = new Deferred<unknown>();
    const released = new Deferred<string>();
    const gate = (): Promise<string> => {
      started.resolve(null);
      return released.promise;
    };
    const gateway = await startGateway({ store, schema: transportSchema({ gate }), tls });
    const silent = await openConnection(gateway.port);
    const idle = await openTlsConnection(gateway.port);
    await idle.until(/"data"/, post('{ __typename }'));
    const socket = await openSocketClient(gateway.url, { ca });
    const asking = await openTlsConnection(gateway.port);
    asking.socket.write(post('{ wait }'));
    await started.promise;

    const stopped = gateway.stop();
    await Promise.all([silent.closed, idle.closed]);
    expect((await socket.closed).code).toBe(1001);
    released.resolve('done');
    expect(await asking.closed).toContain('{"data":{"wait":"done"}}');
    await stopped;
  });

  it('cuts what is not finished in time', async () => {
    const started = new Deferred<unknown>();
    const gate = (): Promise<string> => {
      started.resolve(null);
      return new Promise(() => undefined);
    };
    const gateway = await startGateway({ store, schema: transportSchema({ gate }), tls, drainTimeoutMs: 20 });
    const { socket, closed } = await openTlsConnection(gateway.port);
    socket.write(post('{ wait }'));
    await started.promise;
    await gateway.stop();
    expect(await closed).toBe('');
  });
});

describe('A gateway whose certificate can not be used', () => {
  it.each([
    ['no certificate', { ...tls, certificatePath: tls.keyPath }, `${tls.keyPath} holds no certificate that can be used`],
    ['no key', { ...tls, keyPath: tls.certificatePath }, `${tls.certificatePath} holds no private key that can be used`],
    ['the key of another', { ...tls, keyPath: tlsPath('other-key.pem') }, 'is not the key of'],
    ['no file', { ...tls, keyPath: '/nowhere/key.pem' }, "/nowhere/key.pem can't be read: ENOENT"],
  ])('does not start, and says why: %s', async (_what, files, message) => {
    const failure = await startGateway({ store, schema: transportSchema(), tls: files }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
    expect(String(failure)).not.toMatch(/BEGIN|MIG/);
  });

  it('does not start where its port is taken', async () => {
    const first = await startGateway({ store, schema: transportSchema(), tls });
    await expect(startGateway({ store, schema: transportSchema(), tls, port: first.port })).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });
});

it('A connection that resets in the middle of its handshake harms nobody', async () => {
  const gateway = await startGateway({ store, schema: transportSchema(), tls });
  for (let round = 0; round < 20; round++) {
    const { socket, closed } = await openConnection(gateway.port);
    socket.write(Buffer.from('160301', 'hex'), () => socket.resetAndDestroy());
    await closed;
  }
  const { socket, until } = await openTlsConnection(gateway.port);
  await until(/"data"/, post('{ __typename }'));
  const closing = once(socket, 'close');
  await gateway.stop();
  await closing;
});
