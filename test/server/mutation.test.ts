import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { id, networkRecord } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';
import { lossesOf, unreliableStore } from '../support/unreliable-store.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';

const network = id('a', 1);
const create = `mutation Create { createNetwork(input: { id: "${network}" }) { network { id revision } } }`;
const createAny = 'mutation { createNetwork(input: {}) { network { id } } }';
const mediaTypes = ['application/json', 'application/graphql-response+json'];

let store: Store;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  store = openMemoryStore({ log: silentLog, now: () => 1000 });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await store.close();
});

async function open(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await startGateway({ store, schema, ...options });
  closing.push(() => gateway.stop());
  return gateway;
}

async function put(key: string, value: string): Promise<void> {
  await store.commit({ compares: [], writes: [{ type: 'put', key: `lochness/${key}`, value: Buffer.from(value) }] });
}

async function networkKeys(): Promise<readonly { readonly key: string; readonly version: number }[]> {
  const { results } = await store.read({ ranges: [{ start: 'lochness/networks/', end: 'lochness/networks0' }] });
  return results[0]?.entries ?? [];
}

const created = [expect.objectContaining({ key: `lochness/networks/${network}/metadata`, version: 1 })];

describe('A mutation', () => {
  it('answers with the revision of its commit, and its cost, also in its log line', async () => {
    const gateway = await open({ debugExtensions: true });
    expect(await gateway.ask(create)).toEqual({
      data: { createNetwork: { network: { id: network, revision: '1001' } } },
      // Is the id taken, and in another spelling? The commit, and what it made.
      extensions: { revision: '1001', store: { requests: 4, transactions: 4, keys: 1, bytes: expect.any(Number) } },
    });
    expect(await gateway.lineSaying('operation')).toMatchObject({
      operation: 'Create',
      kind: 'mutation',
      revision: 1001,
      storeRequests: 4,
    });
  });

  it('names each record that it could not read', async () => {
    await put(`guests/${id('c', 1)}/metadata`, '{');
    await put(`networks/${network}/metadata`, networkRecord());
    const gateway = await open();
    const { extensions } = await gateway.ask(`mutation { deleteNetwork(id: "${network}") { deletedId } }`);
    expect(extensions).toEqual({
      revision: '1003',
      warnings: [{ code: 'BROKEN_RECORD', key: `lochness/guests/${id('c', 1)}/metadata`, reason: expect.any(String) }],
    });
  });

  it('by GET is refused, and changes nothing', async () => {
    const gateway = await open();
    const response = await fetch(`${gateway.url}?${new URLSearchParams({ query: create })}`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await networkKeys()).toEqual([]);
  });

  it.each(['mutation @at(revision: "1000")', 'mutation ($at: Revision = "1000") @at(revision: $at)'])(
    'as %s is refused, and changes nothing',
    async (head) => {
      const gateway = await open();
      const { data, errors } = await gateway.ask(create.replace('mutation Create', head));
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
      expect(await networkKeys()).toEqual([]);
    },
  );

  it('keeps its failure to itself', async () => {
    const gateway = await open();
    const { data, errors, extensions } = await gateway.ask(
      `mutation { a: deleteNetwork(id: "${network}") { deletedId } b: createNetwork(input: {}) { network { revision } } }`,
    );
    expect(data).toEqual({ a: null, b: { network: { revision: '1001' } } });
    expect(errors).toMatchObject([{ path: ['a'], extensions: { code: 'NOT_FOUND', kind: 'NETWORK', id: network } }]);
    expect(errors?.[0]?.extensions).not.toHaveProperty('outcome');
    expect(extensions.revision).toBe('1001');
  });
});

describe('A mutation whose store fails', () => {
  it('at the commit says that nothing was changed', async () => {
    const gateway = await open({ store: unreliableStore(store, lossesOf('requestLost')) });
    const { data, errors } = await gateway.ask(create);
    expect(data).toEqual({ createNetwork: null });
    expect(errors?.[0]?.extensions).toEqual({ code: 'STORE_UNAVAILABLE' });
    expect(await networkKeys()).toEqual([]);
  });

  it('so that nobody knows says that', async () => {
    const loseLease = async (): Promise<void> => {
      const { results } = await store.read({ ranges: [{ start: 'lochness/gateway/', end: 'lochness/gateway0' }] });
      await store.revokeLease(results[0]?.entries[0]?.leaseId ?? '');
    };
    const gateway = await open({ store: unreliableStore(store, ['replyLost', loseLease]) });
    const { errors } = await gateway.ask(create);
    expect(errors?.[0]?.extensions).toEqual({ code: 'STORE_UNAVAILABLE', outcome: 'UNKNOWN' });
  });

  it.each(['REVISION_COMPACTED', 'STORE_UNAVAILABLE'] as const)(
    'with %s while its payload is read says that it was done, and does not run again',
    async (code) => {
      const failing = storeWith(store, {
        read: (request) => (request.at === 1001 ? Promise.reject(new GatewayError(code, 'gone')) : store.read(request)),
      });
      const gateway = await open({ store: failing });
      const { data, errors, extensions } = await gateway.ask(createAny);
      expect(data).toEqual({ createNetwork: null });
      expect(errors).toMatchObject([{ path: ['createNetwork', 'network'], extensions: { code, outcome: 'DONE' } }]);
      expect(extensions.revision).toBe('1001');
      expect(await networkKeys()).toHaveLength(1);
      expect(await gateway.lineSaying('operation')).not.toHaveProperty('restarted');
    },
  );
});

describe('The header Idempotency-Key', () => {
  const withKey = (key: string) => ({ 'idempotency-key': key });

  it.each(['k', '5058f1c0-086d-429d-9ee5-d2309b95e4b0', '!~', 'x'.repeat(255)])(
    'of %j makes a repeated mutation answer as the first one did',
    async (key) => {
      const gateway = await open();
      const first = await (await gateway.post({ query: createAny }, withKey(key))).json();
      const again = await (await gateway.post({ query: createAny }, withKey(key))).json();
      expect(again).toEqual(first);
      expect(await networkKeys()).toHaveLength(1);
    },
  );

  it('holds for one gateway after another on the same store', async () => {
    const [one, other] = [await open(), await open()];
    const first = await (await one.post({ query: createAny }, withKey('k'))).json();
    await one.stop();
    expect(await (await other.post({ query: createAny }, withKey('k'))).json()).toEqual(first);
  });

  it('tells that other arguments came with the same key', async () => {
    const gateway = await open();
    await gateway.post({ query: create }, withKey('k'));
    const response = await gateway.post({ query: create.replace(network, id('a', 2)) }, withKey('k'));
    const { errors } = await response.json();
    expect(errors).toMatchObject([{ path: ['createNetwork'], extensions: { code: 'BAD_USER_INPUT', field: 'idempotency-key' } }]);
  });

  it('is nothing to a query', async () => {
    const gateway = await open();
    for (const query of ['{ revision }', '{ cluster { guestCount } }']) {
      expect(await (await gateway.post({ query }, withKey('k'))).json()).toHaveProperty('data');
    }
    expect((await store.status()).revision).toBe(1000);
  });

  it.each(['', 'a b', 'ü', 'a\tb', 'x'.repeat(256)].flatMap((key) => mediaTypes.map((accept) => ({ key, accept }))))(
    'is refused before anything runs when it is $key, as $accept',
    async ({ key, accept }) => {
      const gateway = await open();
      const response = await gateway.post({ query: create }, { ...withKey(key), accept });
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
      const { data, errors } = await response.json();
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'idempotency-key' } }]);
      expect(await networkKeys()).toEqual([]);
    },
  );

  it('is refused when it is given twice', async () => {
    const gateway = await open();
    const headers: [string, string][] = [
      ['content-type', 'application/json'],
      ['idempotency-key', 'a'],
      ['idempotency-key', 'b'],
    ];
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query: create }) });
    expect(response.status).toBe(400);
    expect(await networkKeys()).toEqual([]);
  });
});

/** A store whose commits wait until the test admits them. */
function heldCommits() {
  const arrived = new Deferred();
  const admitted = new Deferred();
  const held = storeWith(store, {
    async commit(transaction) {
      arrived.resolve();
      await admitted.promise;
      return store.commit(transaction);
    },
  });
  return { store: held, arrived, admitted };
}

describe('A client that goes away', () => {
  function send(gateway: Gateway) {
    const client = new AbortController();
    const asked = fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: create }),
      signal: client.signal,
    });
    return {
      async leave(): Promise<void> {
        client.abort();
        await expect(asked).rejects.toThrow();
      },
    };
  }

  it('before the commit has nothing done', async () => {
    const reading = new Deferred();
    const goneAway = new Deferred();
    const gateway = await open({
      store: storeWith(store, {
        async read(request) {
          reading.resolve();
          request.signal?.addEventListener('abort', () => goneAway.resolve());
          await goneAway.promise;
          return store.read({ ...request, signal: new AbortController().signal });
        },
      }),
    });
    const client = send(gateway);
    await reading.promise;
    await client.leave();
    expect(await gateway.lineSaying('operation')).toMatchObject({ aborted: true });
    expect(await networkKeys()).toEqual([]);
    expect((await store.status()).revision).toBe(1000);
  });

  it('while the commit is under way has it done once', async () => {
    const held = heldCommits();
    const gateway = await open({ store: held.store, logLevel: 'debug' });
    const client = send(gateway);
    await held.arrived.promise;
    await client.leave();
    await gateway.lineSaying('request');
    held.admitted.resolve();
    expect(await gateway.lineSaying('operation')).toMatchObject({ aborted: true });
    expect(await networkKeys()).toEqual(created);
  });
});

describe('A gateway that stops', () => {
  it('finishes a mutation that is under way, and answers it', async () => {
    const held = heldCommits();
    const gateway = await open({ store: held.store });
    const asked = gateway.post({ query: create });
    await held.arrived.promise;
    const stopped = gateway.stop();
    held.admitted.resolve();
    expect(await (await asked).json()).toMatchObject({ data: { createNetwork: { network: { id: network } } } });
    await stopped;
    expect(await networkKeys()).toEqual(created);
  });
});

describe('A mutation over WebSocket', () => {
  it('is done, and answered as over HTTP', async () => {
    const gateway = await open();
    const socket = await openSocketClient(gateway.url);
    expect(await socket.ask(create)).toEqual({
      data: { createNetwork: { network: { id: network, revision: '1001' } } },
      extensions: { revision: '1001' },
    });
    expect(await socket.ask(create)).toMatchObject({
      data: { createNetwork: null },
      errors: [{ path: ['createNetwork'], extensions: { code: 'ALREADY_EXISTS', kind: 'NETWORK', id: network } }],
    });
    await socket.client.dispose();
  });

  it('that is given up while its commit is under way is done once', async () => {
    const held = heldCommits();
    const gateway = await open({ store: held.store });
    const socket = await openRawSocket(gateway.url);
    socket.send({ type: 'connection_init' });
    await socket.receive();
    socket.send({ type: 'subscribe', id: '1', payload: { query: create } });
    await held.arrived.promise;
    socket.send({ type: 'complete', id: '1' });
    socket.send({ type: 'ping' });
    expect(await socket.receive()).toEqual({ type: 'pong' });
    held.admitted.resolve();
    expect(await gateway.lineSaying('operation')).toMatchObject({ aborted: true });
    expect(await networkKeys()).toEqual(created);
    socket.socket.close();
    await socket.closed;
  });
});
