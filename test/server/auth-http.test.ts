import { afterEach, describe, expect, it } from 'vitest';
import type { Authenticator } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { Deferred } from '../support/deferred.ts';
import { type FixedAuthenticator, fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { storeWith } from '../support/store-with.ts';
import { exchange } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Opened {
  readonly gateway: Gateway;
  readonly authenticator: FixedAuthenticator;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<Opened> {
  const store = openMemoryStore({ log: silentLog });
  const authenticator = fixedAuthenticator({ right: viewerWith('viewer'), other: viewerWith('viewer', { id: 'test:other' }) });
  const gateway = await startGateway({ store, schema: transportSchema(), memory: store.memory, authenticator, ...options });
  closing.push(
    () => store.close(),
    () => gateway.stop(),
  );
  await gateway.services.catalog?.loaded;
  return { gateway, authenticator };
}

const query = '{ __typename }';
const right = { authorization: 'Bearer right' };
const unauthenticated = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] };

describe('A request to a gateway that asks who one is', () => {
  it.each(['Bearer right', 'bearer right', 'BEARER   right'])('is answered with "%s"', async (authorization) => {
    const { gateway } = await open();
    const response = await gateway.post({ query }, { authorization });
    expect([response.status, await response.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  it.each(['', 'Bearer', 'Bearer wrong', 'Basic cmlnaHQ=', 'right', 'Bearer right, Bearer right', 'Bearer right extra'])(
    'is refused with "%s", and told the scheme that would do',
    async (authorization) => {
      const { gateway } = await open();
      const response = await gateway.post({ query }, { authorization });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toMatchObject(unauthenticated);
      expect(response.headers.get('x-request-id')).not.toBeNull();
      expect(await gateway.lineSaying('caller refused')).toMatchObject({ level: 30, code: 'UNAUTHENTICATED' });
    },
  );

  it('is refused with two headers, though the first would do', async () => {
    const { gateway } = await open();
    const body = JSON.stringify({ query });
    const head = ['POST /graphql HTTP/1.1', 'host: localhost', 'content-type: application/json', 'connection: close'];
    const lines = [...head, `content-length: ${body.length}`, 'authorization: Bearer right', 'authorization: Bearer other'];
    expect(await exchange(gateway.port, `${lines.join('\r\n')}\r\n\r\n${body}`)).toMatch(/^HTTP\/1.1 401 /);
  });

  it.each([
    ['of 7 kB', `Bearer ${'x'.repeat(7000)}`, 401],
    ['of 100 kB', `Bearer ${'x'.repeat(100_000)}`, 431],
    ['with a null byte', 'Bearer right\u0000', 400],
    ['with letters of Latin-1', 'Bearer r\u00efght', 401],
    ['in UTF-8', 'Bearer \uff52ight', 401],
    ['folded into the next line', 'Bearer\r\n right', 400],
  ])('is refused with a credential %s', async (_what, authorization, status) => {
    const { gateway, authenticator } = await open();
    const head = [
      'GET /graphql?query={__typename} HTTP/1.1',
      'host: localhost',
      'connection: close',
      `authorization: ${authorization}`,
    ];
    const answer = await exchange(gateway.port, `${head.join('\r\n')}\r\n\r\n`);
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `);
    expect(answer).not.toContain('Query');
    expect(authenticator.listenerCount()).toBe(0);
  });

  it('is refused before anything else is said of it', async () => {
    const { gateway } = await open();
    const wrong = await gateway.post('{ no JSON', { 'idempotency-key': 'not allowed', accept: 'image/png' });
    expect([wrong.status, await wrong.json()]).toMatchObject([401, unauthenticated]);
  });

  it('needs no credential where nothing is told: health, readiness, the page of GraphiQL, a preflight', async () => {
    const { gateway } = await open({ corsOrigins: ['https://dash.example'] });
    expect((await fetch(`${gateway.origin}/health`)).status).toBe(200);
    expect((await fetch(`${gateway.origin}/ready`)).status).toBe(200);
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const preflight = await fetch(gateway.url, { method: 'OPTIONS', headers: { origin: 'https://dash.example' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });

  it('is told STORE_UNAVAILABLE, and to come again, where nobody can know who it is', async () => {
    const authenticator: Authenticator = {
      ...fixedAuthenticator({}),
      authenticate: () => Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'The store does not answer')),
    };
    const { gateway } = await open({ authenticator });
    const response = await gateway.post({ query }, right);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([503, null]);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] });
  });

  it('that goes away while it is not known who it is leaves nothing behind', async () => {
    const asked = new Deferred();
    const known = new Deferred();
    const fixed = fixedAuthenticator({ right: viewerWith('viewer') });
    const authenticator: Authenticator = {
      ...fixed,
      async authenticate(credential) {
        asked.resolve();
        await known.promise;
        return fixed.authenticate(credential);
      },
    };
    const { gateway } = await open({ authenticator, logLevel: 'debug' });
    const client = new AbortController();
    const headers = { 'content-type': 'application/json', ...right };
    const gone = fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query }), signal: client.signal });
    await asked.promise;
    client.abort();
    await expect(gone).rejects.toThrow();
    await gateway.lineSaying('request');
    known.resolve();
    expect((await gateway.post({ query }, right)).status).toBe(200);
    expect(fixed.listenerCount()).toBe(0);
  });
});

describe('A gateway that lets everybody in', () => {
  it('looks at no credential', async () => {
    const store = openMemoryStore({ log: silentLog });
    const gateway = await startGateway({ store, schema: transportSchema() });
    closing.push(
      () => store.close(),
      () => gateway.stop(),
    );
    const response = await gateway.post({ query }, { authorization: 'Basic nonsense' });
    expect(response.status).toBe(200);
  });
});

describe('A query whose credential ends while it runs', () => {
  /** A query that waits until it is aborted. */
  async function openWaiting(): Promise<Opened & { readonly began: Promise<void>; readonly aborted: Promise<unknown> }> {
    const began = new Deferred();
    const aborted = new Deferred<unknown>();
    const gate = ({ signal }: { readonly signal: AbortSignal }): Promise<string> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve(signal.reason);
          reject(new Error('gave up'));
        });
        began.resolve();
      });
    return { ...(await open({ schema: transportSchema({ gate }) })), began: began.promise, aborted: aborted.promise };
  }

  it.each([
    ['REVOKED', 'The credential was revoked'],
    ['EXPIRED', 'The credential has expired'],
  ] as const)('is aborted, and its client hears that it is %s', async (end, message) => {
    const { gateway, authenticator, began, aborted } = await openWaiting();
    const asked = gateway.post({ query: 'query Long { wait }' }, right);
    await began;
    authenticator.end('right', end);
    await aborted;
    const response = await asked;
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const answer = await response.json();
    expect(answer).toMatchObject(unauthenticated);
    expect(answer.data).toBeUndefined();
    expect(answer.errors[0].message).toContain(message);
    expect(await gateway.lineSaying('operation')).toMatchObject({ operation: 'Long', errors: { UNAUTHENTICATED: 1 } });
    expect(gateway.logLines.filter(({ level }) => level > 30)).toEqual([]);
  });

  it('goes on for others who asked the same', async () => {
    const began = new Deferred();
    const opened = new Deferred();
    let runs = 0;
    const gate = async (): Promise<string> => {
      runs++;
      began.resolve();
      await opened.promise;
      return 'done';
    };
    const { gateway, authenticator } = await open({ schema: transportSchema({ gate }) });
    const both = 'query Both { wait revision }';
    const first = gateway.post({ query: both }, right);
    await began.promise;
    const second = gateway.post({ query: both }, { authorization: 'Bearer other' });
    while (authenticator.listenerCount() < 2) await new Promise((resolve) => setImmediate(resolve));
    authenticator.end('right', 'REVOKED');
    opened.resolve();
    expect([(await first).status, (await second).status]).toEqual([401, 200]);
    expect(await (await second).json()).toMatchObject({ data: { wait: 'done' } });
    expect(runs).toBeLessThanOrEqual(2);
  });

  it('is heard of nowhere else: nobody waits for the credential once the answer is out', async () => {
    const { gateway, authenticator } = await open();
    for (let count = 0; count < 5; count++) await (await gateway.post({ query }, right)).text();
    await gateway.stop();
    expect(authenticator.listenerCount()).toBe(0);
  });
});

describe('A mutation whose credential ends while it runs', () => {
  it('is finished, and its client hears what became of it; the next one is refused', async () => {
    const bare = openMemoryStore({ log: silentLog });
    const committing = new Deferred();
    const through = new Deferred();
    const store = storeWith(bare, {
      async commit(transaction) {
        committing.resolve();
        await through.promise;
        return bare.commit(transaction);
      },
    });
    const authenticator = fixedAuthenticator({ right: viewerWith('admin') });
    const gateway = await startGateway({ store, schema, authenticator });
    closing.push(
      () => bare.close(),
      () => gateway.stop(),
    );
    const asked = gateway.post({ query: 'mutation { setConfig(key: "a", value: "1") { entry { value } } }' }, right);
    await committing.promise;
    authenticator.end('right', 'REVOKED');
    through.resolve();
    const response = await asked;
    expect([response.status, await response.json()]).toMatchObject([200, { data: { setConfig: { entry: { value: '1' } } } }]);
    expect((await gateway.post({ query }, right)).status).toBe(401);
  });
});
