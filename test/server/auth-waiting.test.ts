import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type FixedAuthenticator, fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';
import { openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Opened {
  readonly gateway: Gateway;
  readonly authenticator: FixedAuthenticator;
  /** Of the first `wait`. */
  readonly began: Deferred<void>;
  readonly passed: Deferred<void>;
  /** How often `wait` was asked for. */
  readonly count: () => number;
}

/** Its mutation `wait` waits until it is let. */
async function open(): Promise<Opened> {
  const store = openMemoryStore({ log: silentLog });
  const [began, passed] = [new Deferred(), new Deferred()];
  let count = 0;
  async function gate(): Promise<string> {
    count++;
    began.resolve();
    await passed.promise;
    return 'done';
  }
  const authenticator = fixedAuthenticator({ right: viewerWith('admin') });
  const gateway = await startGateway({ store, schema: transportSchema({ gate }), authenticator });
  closing.push(
    () => store.close(),
    () => gateway.stop(),
  );
  return { gateway, authenticator, began, passed, count: () => count };
}

const mutation = 'mutation { wait }';
const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions.code);

function request(body: string, last = false): string {
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Authorization: Bearer right'];
  return [...head, `Content-Length: ${body.length}`, ...(last ? ['Connection: close'] : []), '', body].join('\r\n');
}

describe('What waits for its turn when its credential is revoked', () => {
  it('is not done: a request behind another one on the same connection', async () => {
    const { gateway, authenticator, began, passed, count } = await open();
    const { socket, closed } = await openConnection(gateway.port);
    const body = JSON.stringify({ query: mutation });
    socket.write(request(body) + request(body, true));
    await began.promise;
    authenticator.end('right', 'REVOKED');
    passed.resolve();
    const answers = await closed;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
    expect(answers).toContain('"data":{"wait":"done"}');
    expect(count()).toBe(1);
  });

  it('is not done: an operation behind another one in the same batch', async () => {
    const { gateway, authenticator, began, passed, count } = await open();
    const asked = gateway.post([{ query: mutation }, { query: mutation }, { query: '{ revision }' }], {
      authorization: 'Bearer right',
    });
    await began.promise;
    authenticator.end('right', 'EXPIRED');
    passed.resolve();
    const [first = {}, ...others]: readonly Answer[] = await (await asked).json();
    expect(first).toEqual({ data: { wait: 'done' } });
    expect(others.map(codesOf)).toEqual([['UNAUTHENTICATED'], ['UNAUTHENTICATED']]);
    expect(others.map(({ data }) => data)).toEqual([undefined, undefined]);
    expect(count()).toBe(1);
  });

  it('is not done: a request whose body is not all there', async () => {
    const { gateway, authenticator, count } = await open();
    const { socket, closed } = await openConnection(gateway.port);
    const text = request(JSON.stringify({ query: mutation }), true);
    socket.write(text.slice(0, -5));
    while (authenticator.listenerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    authenticator.end('right', 'REVOKED');
    socket.write(text.slice(-5));
    expect(await closed).toMatch(/^HTTP\/1\.1 401 (.|\r|\n)*"UNAUTHENTICATED"/);
    expect(count()).toBe(0);
  });
});
