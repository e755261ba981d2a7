import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { silentLog } from '../../src/log.ts';
import { type EndedOperation, type OperationObserver, silentObserver } from '../../src/observer.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Revision } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { storeWith } from '../support/store-with.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const right = { authorization: 'Bearer right' };
const revoked = { code: 4403, reason: 'The credential was revoked' };
const mutation = 'mutation Set { setConfig(key: "a", value: "1") { entry { value } } }';
const done = { data: { setConfig: { entry: { value: '1' } } } };
const subscription = (after: Revision) => `subscription Watch { changes(after: "${after}") { id } }`;
const ask = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } });

/** A gateway whose store holds the commit of a mutation up, until `go`. */
async function open(options: Partial<GatewayOptions> = {}) {
  const bare = openMemoryStore({ log: silentLog });
  const committing = new Deferred();
  const through = new Deferred();
  const ended = new Deferred<EndedOperation>();
  const operations: OperationObserver = {
    ...silentObserver.operations,
    ended(operation) {
      if (operation.kind === 'mutation') ended.resolve(operation);
    },
  };
  const observer = { ...silentObserver, operations };
  let commits = 0;
  const store = storeWith(bare, {
    async commit(transaction) {
      commits++;
      committing.resolve();
      await through.promise;
      return bare.commit(transaction);
    },
  });
  const authenticator = fixedAuthenticator({ right: viewerWith('admin'), next: viewerWith('admin', { id: 'test:next' }) });
  const gateway = await startGateway({ store, schema, memory: bare.memory, authenticator, observer, ...options });
  closing.push(
    () => bare.close(),
    () => gateway.stop(),
    () => through.resolve(),
  );
  await gateway.services.catalog?.loaded;
  return {
    gateway,
    authenticator,
    committing: committing.promise,
    go: () => through.resolve(),
    commitCount: () => commits,
    mutationEnd: ended.promise,
    /** Somebody else's commit, which waits for nothing. */
    put: (key: string) =>
      bare.commit({ compares: [], writes: [{ type: 'put', key: `lochness/config/${key}`, value: Buffer.from('1') }] }),
    operationLine: (name: string) => gateway.logLines.find(({ operation }) => operation === name),
  };
}

/** A socket with a subscription and a mutation under way, whose credential then ends. */
async function openRevoked(options: Partial<GatewayOptions> = {}) {
  const opened = await open(options);
  const raw = await openRawSocket(opened.gateway.url);
  closing.push(() => raw.socket.terminate());
  raw.send({ type: 'connection_init', payload: right });
  expect(await raw.receive()).toEqual({ type: 'connection_ack' });
  const { revision } = await opened.put('b');
  await opened.put('c');
  raw.send(ask('s', subscription(revision)));
  expect(await raw.receive()).toMatchObject({ id: 's', type: 'next', payload: { data: { changes: { id: 'config:c' } } } });
  raw.send(ask('m', mutation));
  await opened.committing;
  opened.authenticator.end('right', 'REVOKED');
  return { ...opened, raw };
}

describe('A mutation over WebSocket whose credential ends while it runs', () => {
  it('is finished and answered, and nothing else is: then its socket is closed with 4403', async () => {
    const { gateway, raw, put, go, commitCount, operationLine } = await openRevoked();
    await gateway.lineSaying('operation');
    expect(operationLine('Watch')).toMatchObject({ kind: 'subscription', aborted: true });
    await put('d');
    raw.send(ask('q', 'query Late { revision }'));
    raw.send(ask('n', mutation));
    raw.send({ type: 'ping' });
    expect(await raw.receive()).toEqual({ type: 'pong' });
    go();
    expect(await raw.receive()).toMatchObject({ id: 'm', type: 'next', payload: done });
    expect(await raw.receive()).toEqual({ id: 'm', type: 'complete' });
    expect(await raw.closed).toEqual(revoked);
    expect(commitCount()).toBe(1);
    expect(operationLine('Late')).toBeUndefined();
    expect(gateway.logLines.filter(({ msg }) => msg === 'request refused')).toMatchObject([
      { level: 30, errors: { UNAUTHENTICATED: 1 } },
      { level: 30, errors: { UNAUTHENTICATED: 1 } },
    ]);
  });

  it('is done once by a client of graphql-ws, which goes on with what else it asked under a new credential', async () => {
    const { gateway, authenticator, committing, go, put, commitCount } = await open();
    const credentials = ['right', 'next'];
    const client = createClient({
      url: gateway.url.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: () => ({ Authorization: `Bearer ${credentials.shift()}` }),
      retryWait: () => Promise.resolve(),
    });
    closing.push(() => client.dispose());
    const { revision } = await put('b');
    const events = client.iterate({ query: subscription(revision) });
    const answer = client.iterate({ query: mutation }).next();
    await committing;
    authenticator.end('right', 'EXPIRED');
    await put('c');
    go();
    expect((await answer).value).toMatchObject(done);
    expect((await events.next()).value?.data).toEqual({ changes: { id: 'config:c' } });
    expect(credentials).toEqual([]);
    expect(commitCount()).toBe(1);
  });

  it('is waited for no longer than so long', async () => {
    const { raw, go, mutationEnd } = await openRevoked({ websocketLimits: { finishTimeoutMs: 20 } });
    expect(await raw.closed).toEqual(revoked);
    go();
    expect((await mutationEnd).outcome).toBe('aborted');
  });

  it.each([
    ['says that it wants no answer', 'complete', 4403],
    ['is cut off', 'cut', 1006],
  ])('is given up when its client %s', async (_what, how, code) => {
    const { gateway, raw, go, mutationEnd } = await openRevoked({ logLevel: 'debug' });
    if (how === 'cut') raw.socket.terminate();
    else raw.send({ id: 'm', type: 'complete' });
    expect((await raw.closed).code).toBe(code);
    await gateway.lineSaying('WebSocket closed');
    go();
    expect((await mutationEnd).outcome).toBe('aborted');
  });

  it('is not waited for when it was given up before', async () => {
    const { gateway, authenticator, committing } = await open();
    const client = await openSocketClient(gateway.url, { connectionParams: right });
    const cancel = client.client.subscribe(
      { query: mutation },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
    await committing;
    cancel();
    await client.ask('{ revision }');
    authenticator.end('right', 'REVOKED');
    expect(await client.closed).toEqual(revoked);
  });

  it('is answered under the id of a query that was given up before', async () => {
    const arrivals = [new Deferred(), new Deferred()];
    const [queryBegan, mutationBegan] = arrivals.map(({ promise }) => promise);
    const released = new Deferred<string>();
    const gate = (): Promise<string> => {
      arrivals.shift()?.resolve();
      return released.promise;
    };
    const { gateway, authenticator } = await open({ schema: transportSchema({ gate }) });
    const raw = await openRawSocket(gateway.url);
    raw.send({ type: 'connection_init', payload: right });
    raw.send(ask('1', '{ wait }'));
    await queryBegan;
    raw.send({ id: '1', type: 'complete' });
    raw.send(ask('1', 'mutation { wait }'));
    await mutationBegan;
    authenticator.end('right', 'REVOKED');
    released.resolve('done');
    expect(await raw.receive()).toEqual({ type: 'connection_ack' });
    expect(await raw.receive()).toEqual({ id: '1', type: 'next', payload: { data: { wait: 'done' } } });
    expect(await raw.receive()).toEqual({ id: '1', type: 'complete' });
    expect(await raw.closed).toEqual(revoked);
  });

  it('is finished by a gateway that stops meanwhile', async () => {
    const { gateway, raw, go } = await openRevoked();
    const stopped = gateway.stop();
    go();
    expect(await raw.receive()).toMatchObject({ id: 'm', type: 'next', payload: done });
    expect(await raw.receive()).toEqual({ id: 'm', type: 'complete' });
    expect(await raw.closed).toEqual(revoked);
    await stopped;
  });
});
