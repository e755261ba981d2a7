import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { type Context, openServices } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { silentObserver } from '../../src/observer.ts';
import { startServer } from '../../src/server.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

/** A gateway whose field `wait` waits until `release`. */
async function openWaiting(options: Partial<GatewayOptions> = {}) {
  const started = new Deferred<Context>();
  const released = new Deferred<string>();
  const gate = (context: Context): Promise<string> => {
    started.resolve(context);
    return released.promise;
  };
  const gateway = await startGateway({ store, schema: transportSchema({ gate }), ...options });
  return { gateway, started: started.promise, release: () => released.resolve('done') };
}

const post = (query: string, headers = ''): string => {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

const statuses = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

describe('A gateway that stops', () => {
  it('finishes a request that is under way, and accepts no other', async () => {
    const { gateway, started, release } = await openWaiting();
    const asked = gateway.post({ query: '{ wait }' });
    await started;
    const stopped = gateway.stop();
    await expect(fetch(gateway.url)).rejects.toThrow();
    release();
    const response = await asked;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toEqual({ data: { wait: 'done' } });
    await stopped;
  });

  it('cuts what is not finished in time, and aborts it', async () => {
    const { gateway, started } = await openWaiting({ drainTimeoutMs: 20 });
    const asked = gateway.post({ query: '{ wait }' });
    const { signal } = await started;
    const refused = expect(asked).rejects.toThrow();
    await gateway.stop();
    await refused;
    expect(signal.aborted).toBe(true);
  });

  it('does not wait for connections that ask for nothing', async () => {
    const { gateway } = await openWaiting();
    const silent = await openConnection(gateway.port);
    const half = await openConnection(gateway.port);
    half.socket.write('POST /graphql HTTP/1.1\r\nHost:');
    const idle = await openConnection(gateway.port);
    idle.socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle.socket, 'readable');
    await gateway.stop();
    expect(await Promise.all([silent.closed, half.closed])).toEqual(['', '']);
    expect(statuses(await idle.closed)).toEqual([200]);
  });

  it.each([
    ['alone', ''],
    [
      'with an offer of HTTP/2',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n',
    ],
  ])(
    'serves what comes %s on a connection that was idle, says that it was the last, and waits no longer',
    async (_how, headers) => {
      const { gateway } = await openWaiting({ lingerMs: 60_000, drainTimeoutMs: 60_000 });
      const { socket, closed } = await openConnection(gateway.port);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'readable');
      const stopped = gateway.stop();
      socket.write(post('{ __typename }', headers));
      const [, first = '', last = ''] = (await closed).split('HTTP/1.1 200 OK');
      expect(first).not.toMatch(/connection: close/i);
      expect(last).toMatch(/connection: close/i);
      expect(last).toContain('{"data":{"__typename":"Query"}}');
      await stopped;
    },
  );

  it('sends a long answer to its end to a slow reader, and refuses and counts what that one asks behind it', async () => {
    const refused: string[] = [];
    const operations = { ...silentObserver.operations, refused: (codes: readonly string[]) => void refused.push(...codes) };
    const { gateway } = await openWaiting({ observer: { ...silentObserver, operations } });
    const { socket, closed } = await openConnection(gateway.port);
    socket.pause();
    socket.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: identity\r\n\r\n');
    await once(socket, 'readable');
    const stopped = gateway.stop();
    socket.write(post('{ wait }'));
    await gateway.lineSaying('refused while draining');
    socket.resume();
    const text = await closed;
    await stopped;
    const [head = '', page = ''] = text.split('\r\n\r\n');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(5_000_000);
    expect(page).toContain('</html>');
    expect(statuses(text)).toEqual([200, 503]);
    expect(text).toContain('"code":"SERVER_DRAINING"');
    expect(refused).toEqual(['SERVER_DRAINING']);
  });

  it('waits for the one drain however often it is told to', async () => {
    const { gateway } = await openWaiting();
    await Promise.all([gateway.stop(), gateway.stop()]);
    await gateway.stop();
  });
});

describe('A gateway that announces its stop', () => {
  it('is not ready, and serves on until it stops', async () => {
    const { gateway } = await openWaiting();
    gateway.announceStop();
    const ready = await fetch(`${gateway.origin}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'draining' });
    const response = await gateway.post({ query: '{ __typename }' });
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    await gateway.stop();
  });
});

describe('A gateway that starts', () => {
  const services = openServices({ store, prefix: 'lochness/', log: silentLog });
  const schema = transportSchema();

  it('takes a free port where none is given, and says where it listens', async () => {
    const server = await startServer({ services, schema, host: '127.0.0.1', port: 0 });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/graphql`);
    expect(server.port).toBeGreaterThan(0);
    await server.stop();
  });

  it('writes an IPv6 address as an address of the web has it', async () => {
    const server = await startServer({ services, schema, host: '::1', port: 0 });
    expect(server.url).toBe(`http://[::1]:${server.port}/graphql`);
    expect((await fetch(server.url, { method: 'OPTIONS' })).status).toBe(204);
    await server.stop();
  });

  it('says what is wrong when its port is taken', async () => {
    const { gateway } = await openWaiting();
    const second = startServer({ services, schema, host: '127.0.0.1', port: gateway.port });
    await expect(second).rejects.toThrow(`Can't listen on 127.0.0.1:${gateway.port}: listen EADDRINUSE`);
    await gateway.stop();
  });
});
