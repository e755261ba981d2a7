import { afterAll, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { openRawSocket, openSocketClient, type SocketClient } from '../support/ws-client.ts';
import { openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
afterAll(() => store.close());

const goingAway = { code: 1001, reason: 'Going away' };

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

describe('A gateway that stops', () => {
  it('finishes the operations of its sockets, takes no other, and says that it goes', async () => {
    const { gateway, started, release } = await openWaiting();
    const client = await openSocketClient(gateway.url);
    const asked = client.ask('{ wait }');
    await started;
    const stopped = gateway.stop();
    expect(await client.ask('{ count }')).toEqual({
      errors: [{ message: expect.stringContaining('nothing was done'), extensions: { code: 'SERVER_DRAINING' } }],
    });
    await expect(openSocketClient(gateway.url)).rejects.toThrow('ECONNREFUSED');
    release();
    expect(await asked).toEqual({ data: { wait: 'done' } });
    expect(await client.closed).toEqual(goingAway);
    await stopped;
  });

  it('closes sockets that ask for nothing, agreed on or not, without waiting for others', async () => {
    const { gateway, started, release } = await openWaiting();
    const busy = await openSocketClient(gateway.url);
    const asked = busy.ask('{ wait }');
    await started;
    const idle = await openSocketClient(gateway.url);
    const silent = await openRawSocket(gateway.url);
    const stopped = gateway.stop();
    expect(await Promise.all([idle.closed, silent.closed])).toEqual([goingAway, goingAway]);
    release();
    await asked;
    await stopped;
  });

  it('turns away an upgrade on a connection that it is still answering', async () => {
    const { gateway, started, release } = await openWaiting();
    const { socket, closed } = await openConnection(gateway.port);
    const body = '{"query":"{ wait }"}';
    const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body}`);
    await started;
    const stopped = gateway.stop();
    socket.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await closed).toBe('');
    release();
    await stopped;
  });

  it('cuts what is not finished in time, and aborts it', async () => {
    const { gateway, started } = await openWaiting({ drainTimeoutMs: 20 });
    const client = await openSocketClient(gateway.url);
    client.ask('query Long { wait }').catch(() => undefined);
    const { signal } = await started;
    await gateway.stop();
    expect((await client.closed).code).toBe(1006);
    expect(signal.aborted).toBe(true);
  });

  it('does not wait long for a client that does not answer its farewell', async () => {
    const { gateway } = await openWaiting({ drainTimeoutMs: 600_000, websocketLimits: { closeTimeoutMs: 20 } });
    const { socket } = await openRawSocket(gateway.url);
    socket.pause();
    await gateway.stop();
    socket.terminate();
  });
});

describe('Sockets that come and go', () => {
  const rounds = 200;
  /** What keeps the process alive: sockets and timers of both sides, and what else there is. */
  const handles = (): number => process.getActiveResourcesInfo().length;

  it.each([
    ['that say farewell', (client: SocketClient) => client.client.dispose()],
    ['that are cut off', (client: SocketClient) => client.cut()],
  ])('leave nothing behind: 200 %s', async (_how, leave) => {
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on('warning', warn);
    const before = handles();
    const { gateway } = await openWaiting({ logLevel: 'debug', drainTimeoutMs: 600_000 });
    for (let round = 0; round < rounds; round++) {
      const client = await openSocketClient(gateway.url);
      expect(await client.ask('{ count }')).toEqual({ data: { count: 3 } });
      await leave(client);
      await client.closed;
    }
    // Would wait for one that were left.
    await gateway.stop();
    expect(handles()).toBeLessThanOrEqual(before);
    expect(gateway.logLines.filter(({ msg }) => msg === 'WebSocket closed')).toHaveLength(rounds);
    expect(warnings).toEqual([]);
    process.off('warning', warn);
  });

  it('leave nothing behind when they are cut in the middle of an operation', async () => {
    const signals: AbortSignal[] = [];
    const arrivals: (() => void)[] = [];
    const gate = ({ signal }: Context): Promise<string> => {
      signals.push(signal);
      arrivals.shift()?.();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const { gateway } = await openWaiting({ schema: transportSchema({ gate }), drainTimeoutMs: 600_000 });
    for (let round = 0; round < rounds; round++) {
      const client = await openSocketClient(gateway.url);
      const began = new Promise<void>((resolve) => arrivals.push(resolve));
      client.ask('{ wait }').catch(() => undefined);
      await began;
      client.cut();
    }
    // Would wait for one that were left.
    await gateway.stop();
    expect(signals.map(({ aborted }) => aborted)).toEqual(Array.from({ length: rounds }, () => true));
  });
});
