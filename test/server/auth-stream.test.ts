import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Authenticator } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { Deferred } from '../support/deferred.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { closing, openCountingGateway } from './subscription-fixture.ts';
import { transportSchema } from './transport-schema.ts';

const newAuthenticator = () =>
  fixedAuthenticator({ right: viewerWith('viewer'), next: viewerWith('viewer', { id: 'test:next' }) });

const query = 'subscription ($after: EventCursor) { changes(after: $after) { id cursor } }';
const right = { authorization: 'Bearer right' };
const ends = [
  ['REVOKED', 'The credential was revoked'],
  ['EXPIRED', 'The credential has expired'],
] as const;

describe('A stream of server-sent events', () => {
  it.each(ends)('ends with UNAUTHENTICATED when its credential is %s, and goes on behind resumeAfter', async (end, message) => {
    const authenticator = newAuthenticator();
    const gateway = await openCountingGateway({ authenticator });
    const from = await gateway.put({ 'config/a': '1' });
    const stream = await openEventSource(gateway.url, { query, variables: { after: String(from) } }, { headers: right });
    closing.push(() => stream.cut());
    const seen = await gateway.put({ 'config/b': '1' });
    expect(await stream.next()).toMatchObject({ data: { changes: { id: 'config:b' } } });
    authenticator.end('right', end);
    const last = await stream.next();
    expect(last).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', resumeAfter: String(seen) } }] });
    expect(last?.errors?.[0]?.message).toContain(message);
    expect(await stream.next()).toBeUndefined();
    expect(authenticator.listenerCount()).toBe(0);

    await gateway.put({ 'config/c': '1' });
    const after: unknown = last?.errors?.[0]?.extensions.resumeAfter;
    const headers = { authorization: 'Bearer next' };
    const resumed = await openEventSource(gateway.url, { query, variables: { after } }, { headers });
    closing.push(() => resumed.cut());
    expect(await resumed.next()).toMatchObject({ data: { changes: { id: 'config:c' } } });
  });

  it('is refused without a credential, before it is one', async () => {
    const gateway = await openCountingGateway({ authenticator: newAuthenticator() });
    const { response } = await openEventSource(gateway.url, { query });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(gateway.watchCount()).toBe(0);
  });
});

describe('A WebSocket', () => {
  it.each([{ Authorization: 'Bearer right' }, { authorization: 'bearer right' }, { AUTHORIZATION: 'Bearer right' }])(
    'is let in by %o',
    async (connectionParams) => {
      const gateway = await openCountingGateway({ authenticator: newAuthenticator() });
      const socket = await openSocketClient(gateway.url, { connectionParams });
      expect(await socket.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
      await socket.client.dispose();
    },
  );

  it.each([
    undefined,
    {},
    { Authorization: '' },
    { Authorization: 'Bearer wrong' },
    { Authorization: 'right' },
    { Authorization: ['Bearer right'], authorization: 'Bearer right' },
    { Authorization: 7 },
    { Authorization: null },
    { Authorization: { toString: 1 } },
    { headers: { Authorization: 'Bearer right' } },
    { Authorization: 'Bearer right\u0000' },
    { Authorization: 'Bearer \uff52ight' },
    { Authorization: 'Bearer right\r\nAuthorization: Bearer right' },
    { 'Authorization ': 'Bearer right' },
  ])('is closed with 4401, for good, with %j', async (payload) => {
    const authenticator = newAuthenticator();
    const gateway = await openCountingGateway({ authenticator });
    const socket = await openRawSocket(gateway.url);
    socket.send({ type: 'connection_init', payload });
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    const { code, reason } = await socket.closed;
    expect(code).toBe(4401);
    expect(reason).not.toContain('wrong');
    expect(authenticator.listenerCount()).toBe(0);
  });

  it('is closed with 4401 by a credential of 100 kB, whatever it is', async () => {
    const gateway = await openCountingGateway({ authenticator: newAuthenticator() });
    for (const credential of ['x'.repeat(100_000), `lgw_${'x'.repeat(100_000)}`, 'right'.padEnd(100_000)]) {
      const socket = await openRawSocket(gateway.url);
      socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${credential}` } });
      expect((await socket.closed).code).toBe(4401);
    }
  });

  it('is closed with 1013, after which clients come again, where nobody can know who it is', async () => {
    const authenticator: Authenticator = {
      ...newAuthenticator(),
      authenticate: () => Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'The store does not answer')),
    };
    const gateway = await openCountingGateway({ authenticator });
    const socket = await openRawSocket(gateway.url);
    socket.send({ type: 'connection_init', payload: right });
    expect(await socket.closed).toEqual({ code: 1013, reason: 'The store does not answer' });
  });

  it('gets no operation before it is known who it is', async () => {
    const asked = new Deferred();
    const known = new Deferred();
    const fixed = newAuthenticator();
    const authenticator: Authenticator = {
      ...fixed,
      async authenticate(credential) {
        asked.resolve();
        await known.promise;
        return fixed.authenticate(credential);
      },
    };
    const gateway = await openCountingGateway({ authenticator });
    const socket = await openRawSocket(gateway.url);
    socket.send({ type: 'connection_init', payload: right });
    await asked.promise;
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
    known.resolve();
    await gateway.stop();
    expect(fixed.listenerCount()).toBe(0);
  });

  it.each(ends)('is closed with 4403 when its credential is %s, and what ran on it is aborted', async (end, reason) => {
    const began = new Deferred();
    const aborted = new Deferred();
    const gate = ({ signal }: { readonly signal: AbortSignal }): Promise<string> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(new Error('gave up'));
        });
        began.resolve();
      });
    const authenticator = newAuthenticator();
    const gateway = await openCountingGateway({ authenticator, schema: transportSchema({ gate }) });
    const socket = await openSocketClient(gateway.url, { connectionParams: right });
    const asked = socket.ask('{ wait }').catch((error: unknown) => error);
    await began.promise;
    authenticator.end('right', end);
    expect(await socket.closed).toEqual({ code: 4403, reason });
    await aborted.promise;
    expect(await asked).toMatchObject({ code: 4403 });
    expect(authenticator.listenerCount()).toBe(0);
  });

  it('that is closed by its client leaves nobody waiting for the credential', async () => {
    const authenticator = newAuthenticator();
    const gateway = await openCountingGateway({ authenticator });
    const socket = await openSocketClient(gateway.url, { connectionParams: right });
    expect(authenticator.listenerCount()).toBe(1);
    await socket.client.dispose();
    await gateway.stop();
    expect(authenticator.listenerCount()).toBe(0);
  });

  it('is connected again by the client of graphql-ws with a new credential, and its subscription goes on', async () => {
    const authenticator = newAuthenticator();
    const gateway = await openCountingGateway({ authenticator });
    const credentials = ['right', 'next'];
    const client = createClient({
      url: gateway.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: () => ({ Authorization: `Bearer ${credentials.shift()}` }),
      retryWait: () => Promise.resolve(),
    });
    closing.push(() => client.dispose());
    const from = await gateway.put({ 'config/a': '1' });
    const events = client.iterate<{ readonly changes: { readonly id: string } }>({ query, variables: { after: String(from) } });
    await gateway.put({ 'config/b': '1' });
    expect((await events.next()).value?.data).toMatchObject({ changes: { id: 'config:b' } });
    authenticator.end('right', 'EXPIRED');
    // It asks anew for what is behind its own `after`.
    expect((await events.next()).value?.data).toMatchObject({ changes: { id: 'config:b' } });
    expect(credentials).toEqual([]);
  });
});
