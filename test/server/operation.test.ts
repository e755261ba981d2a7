import { afterEach, describe, expect, it } from 'vitest';
import { everybody } from '../../src/auth/index.ts';
import type { Context } from '../../src/context.ts';
import { type ErrorCode, GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openGraphqlServer } from '../../src/server/graphql-server.ts';
import { defaultLimits } from '../../src/server/limits/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { ReadRequest, ReadResult, Revision, Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { transportSchema } from './transport-schema.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function openStore(): Store {
  const store = openMemoryStore({ log: silentLog, now: () => 100 });
  closing.push(() => store.close());
  return store;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<Gateway & { store: Store }> {
  const store = options.store ?? openStore();
  const gateway = await startGateway({ schema: transportSchema(), ...options, store });
  closing.push(() => gateway.stop());
  return { ...gateway, store };
}

async function put(store: Store, key: string, value: string): Promise<Revision> {
  const { revision } = await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
  return revision;
}

/** The store, but for its reads. */
function withReads(store: Store, read: (request: ReadRequest) => Promise<ReadResult>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'read') return read;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const lines = ({ logLines }: Gateway): unknown[] => logLines.filter(({ msg }) => msg === 'operation');

describe('The answer of an operation', () => {
  it('names the revision that all its reads saw', async () => {
    const gateway = await open();
    const revision = await put(gateway.store, 'a', 'one');
    expect(await gateway.ask('{ a: value(key: "a") revision }')).toEqual({
      data: { a: 'one', revision: String(revision) },
      extensions: { revision: String(revision) },
    });
  });

  it('names none when it read nothing', async () => {
    const gateway = await open();
    expect(await gateway.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  });

  it('sees what was written before it, in a context of its own each time', async () => {
    const gateway = await open();
    for (const value of ['one', 'two']) {
      await put(gateway.store, 'a', value);
      expect(await gateway.ask('{ value(key: "a") }')).toMatchObject({ data: { value } });
    }
  });

  it('says what it cost the store only when asked to', async () => {
    const store = openStore();
    await put(store, 'a', 'one');
    const plain = await open({ store });
    const debugging = await open({ store, debugExtensions: true });
    const query = '{ a: value(key: "a") b: value(key: "b") }';
    expect((await plain.ask(query)).extensions).toEqual({ revision: '101' });
    expect((await debugging.ask(query)).extensions).toEqual({
      revision: '101',
      store: { requests: 1, transactions: 1, keys: 1, bytes: 4 },
    });
  });

  it('names the records that could not be read, and how many more there are beyond a hundred', async () => {
    const gateway = await open();
    const { extensions } = await gateway.ask('{ broken(count: 2) }');
    expect(extensions).toEqual({
      warnings: [
        { code: 'BROKEN_RECORD', key: 'lochness/guests/0/metadata', reason: 'no JSON' },
        { code: 'BROKEN_RECORD', key: 'lochness/guests/1/metadata', reason: 'no JSON' },
      ],
    });
    const { warnings } = (await gateway.ask('{ broken(count: 123) }')).extensions;
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toEqual({ code: 'MORE_BROKEN_RECORDS', count: 23 });
  });
});

describe('An operation under @at', () => {
  it('reads all of it at that revision, given as a literal or by a variable', async () => {
    const gateway = await open();
    const revision = await put(gateway.store, 'a', 'old');
    await put(gateway.store, 'a', 'new');
    const expected = { data: { value: 'old', revision: String(revision) }, extensions: { revision: String(revision) } };
    const selection = '{ value(key: "a") revision }';
    expect(await gateway.ask(`query @at(revision: "${revision}") ${selection}`)).toEqual(expected);
    const byVariable = `query Past($at: Revision!) @at(revision: $at) ${selection} query Other { revision }`;
    const response = await gateway.post({ query: byVariable, operationName: 'Past', variables: { at: String(revision) } });
    expect(await response.json()).toEqual(expected);
    const byDefault = `query ($at: Revision! = "${revision}") @at(revision: $at) ${selection}`;
    expect(await gateway.ask(byDefault)).toEqual(expected);
  });

  it('leaves other operations of its document alone', async () => {
    const gateway = await open();
    await put(gateway.store, 'a', 'one');
    const query = 'query Past @at(revision: "100") { revision } query Now { revision }';
    const response = await gateway.post({ query, operationName: 'Now' });
    expect(await response.json()).toMatchObject({ data: { revision: '101' } });
  });

  it.each(['mutation @at(revision: "100") { fail(code: "CONFLICT") }', '{ revision @at(revision: "100") }'])(
    'is a query, and the directive stands on the whole of it: %s is refused',
    async (query) => {
      const gateway = await open();
      expect(await gateway.ask(query)).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    },
  );

  it('of a revision that is not reached yet is refused', async () => {
    const gateway = await open();
    const { errors } = await gateway.ask('query @at(revision: "101") { value(key: "a") }');
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'revision' } }]);
  });

  it('of revision 0 is refused before it begins', async () => {
    const gateway = await open();
    const response = await gateway.post(
      { query: 'query Never @at(revision: "0") { value(key: "a") }' },
      { accept: 'application/graphql-response+json' },
    );
    expect(response.status).toBe(400);
    const { data, errors } = await response.json();
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([
      { message: expect.stringContaining('0'), extensions: { code: 'BAD_USER_INPUT', field: 'revision' } },
    ]);
    expect(lines(gateway)).toMatchObject([{ operation: 'Never', revision: null, errors: { BAD_USER_INPUT: 1 } }]);
  });

  it('of a revision that is gone says so, and does not run again', async () => {
    const gateway = await open();
    const { errors } = await gateway.ask('query @at(revision: "99") { value(key: "a") }');
    expect(errors).toMatchObject([{ extensions: { code: 'REVISION_COMPACTED' } }]);
    expect(lines(gateway)).toMatchObject([{ errors: { REVISION_COMPACTED: 1 } }]);
    expect(lines(gateway)[0]).not.toHaveProperty('restarted');
  });
});

describe('A query whose revision is compacted while it runs', () => {
  /** Fails the reads that `fails` picks, counted from 1, as a store does that has lost the revision. */
  function losing(store: Store, fails: (read: number) => boolean): { store: Store; reads: ReadRequest[] } {
    const reads: ReadRequest[] = [];
    const losingStore = withReads(store, async (request) => {
      reads.push(request);
      if (fails(reads.length))
        throw new GatewayError('REVISION_COMPACTED', 'Revision 100 is gone', { details: { oldestRevision: '101' } });
      return store.read(request);
    });
    return { store: losingStore, reads };
  }

  it('runs once more from the start, at the newest revision', async () => {
    const store = openStore();
    const { store: losingStore, reads } = losing(store, (read) => read === 1);
    const gateway = await open({ store: losingStore, schema: transportSchema() });
    await put(store, 'a', 'one');
    expect(await gateway.ask('{ value(key: "a") revision }')).toEqual({
      data: { value: 'one', revision: '101' },
      extensions: { revision: '101' },
    });
    expect(reads).toHaveLength(2);
    expect(reads[1]).not.toHaveProperty('at');
    expect(lines(gateway)).toMatchObject([{ revision: 101, restarted: true }]);
  });

  it('runs no third time', async () => {
    const { store, reads } = losing(openStore(), () => true);
    const gateway = await open({ store });
    const { data, errors } = await gateway.ask('{ value(key: "a") }');
    expect(data).toEqual({ value: null });
    expect(errors).toMatchObject([{ extensions: { code: 'REVISION_COMPACTED', oldestRevision: '101' } }]);
    expect(reads).toHaveLength(2);
  });

  it('runs once only when it is a mutation', async () => {
    let runs = 0;
    const failure = (code: ErrorCode): GatewayError => {
      runs++;
      return new GatewayError(code, 'Gone');
    };
    const gateway = await open({ schema: transportSchema({ failure }) });
    const { errors } = await gateway.ask('mutation { fail(code: "REVISION_COMPACTED") }');
    expect(errors).toMatchObject([{ extensions: { code: 'REVISION_COMPACTED' } }]);
    expect(runs).toBe(1);
  });
});

describe('An operation that comes by another way than HTTP', () => {
  it('is checked, run, extended and logged all the same', async () => {
    const store = openStore();
    await put(store, 'a', 'one');
    const gateway = await open({ store });
    const { services } = gateway;
    const server = openGraphqlServer({
      services,
      schema: transportSchema(),
      limits: { ...defaultLimits, bodyBytes: 1000 },
      debugExtensions: true,
    });
    const { signal } = new AbortController();
    const caller = { requestId: 'socket-1', viewer: everybody, signal, clientSignal: signal };

    async function run(query: string): Promise<unknown> {
      const { schema, parse, validate, contextFactory, execute } = server.getEnveloped(caller);
      const document = parse(query);
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      return execute({ schema, document, contextValue: await contextFactory() });
    }

    expect(await run('query Now { value(key: "a") }')).toMatchObject({
      data: { value: 'one' },
      extensions: { revision: '101', store: { keys: 1 } },
    });
    expect(await run('query Then @at(revision: "100") { value(key: "a") }')).toMatchObject({
      data: { value: null },
      extensions: { revision: '100' },
    });
    expect(await run('{ fail(code: "NOT_FOUND") }')).toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND', field: 'code' } }],
    });
    expect(await run('{ cuont }')).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    expect(() => server.getEnveloped(caller).parse('{')).toThrow('Syntax Error');
    expect(gateway.logLines).toMatchObject([
      { requestId: 'socket-1', operation: 'Now' },
      { requestId: 'socket-1', operation: 'Then', revision: 100 },
      { requestId: 'socket-1', errors: { NOT_FOUND: 1 } },
      { requestId: 'socket-1', msg: 'document refused' },
      { requestId: 'socket-1', msg: 'document refused' },
    ]);
  });
});

describe('A client that goes away', () => {
  it('aborts what its operation waits for, and nobody is told of errors', async () => {
    const started = new Deferred<Context>();
    const aborted = new Deferred();
    const gate = async (context: Context): Promise<string> => {
      context.signal.addEventListener('abort', () => aborted.resolve());
      started.resolve(context);
      await aborted.promise;
      throw new Error('gave up');
    };
    const gateway = await open({ schema: transportSchema({ gate }) });
    const client = new AbortController();
    const asked = fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query Long { wait }' }),
      signal: client.signal,
    });
    const { signal } = await started.promise;
    expect(signal.aborted).toBe(false);
    client.abort();
    await expect(asked).rejects.toThrow();
    expect(await gateway.lineSaying('operation')).toMatchObject({ operation: 'Long', aborted: true });
    expect(gateway.logLines).toHaveLength(1);
  });

  it('is no cause to abort once its answer is complete', async () => {
    let seen: AbortSignal | undefined;
    const gateway = await open({
      schema: transportSchema({
        gate: async ({ signal }) => {
          seen = signal;
          return 'done';
        },
      }),
    });
    await gateway.ask('{ wait }');
    await gateway.stop();
    expect(seen?.aborted).toBe(false);
  });
});

describe('The log line of an operation', () => {
  it('tells what ran, at which revision and at what cost, and never a variable', async () => {
    const gateway = await open();
    const query = 'query Find($key: String!) { value(key: $key) }';
    await gateway.post(
      { query, variables: { key: 'swordfish' } },
      { 'x-request-id': 'request-1', authorization: 'Bearer swordfish' },
    );
    expect(lines(gateway)).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        msg: 'operation',
        requestId: 'request-1',
        operation: 'Find',
        kind: 'query',
        viewer: 'everybody',
        durationMs: expect.any(Number),
        revision: 100,
        storeRequests: 1,
      },
    ]);
    expect(JSON.stringify(gateway.logLines)).not.toContain('swordfish');
  });

  it('tells the whole cost at level debug, still without a variable', async () => {
    const gateway = await open({ logLevel: 'debug' });
    await fetch(`${gateway.url}?${new URLSearchParams({ query: '{ value(key: "swordfish") }' })}`);
    expect(lines(gateway)).toMatchObject([{ operation: null, store: { waves: 1, transactions: 1, keys: 0, bytes: 0 } }]);
    expect(JSON.stringify(gateway.logLines)).not.toContain('swordfish');
  });

  it('counts error codes', async () => {
    const gateway = await open();
    await gateway.ask('{ a: fail(code: "NOT_FOUND") b: fail(code: "NOT_FOUND") c: crash }');
    expect(lines(gateway)).toMatchObject([{ errors: { NOT_FOUND: 2, INTERNAL_SERVER_ERROR: 1 } }]);
  });

  it('is written for a document that is refused too', async () => {
    const gateway = await open();
    await gateway.post({ query: '{' }, { 'x-request-id': 'request-1' });
    await gateway.post({ query: '{ cuont }' });
    expect(gateway.logLines).toMatchObject([
      { msg: 'document refused', requestId: 'request-1', errors: { GRAPHQL_PARSE_FAILED: 1 } },
      { msg: 'document refused', errors: { GRAPHQL_VALIDATION_FAILED: 1 } },
    ]);
  });

  it('cuts a name that is absurdly long', async () => {
    const gateway = await open();
    await gateway.ask(`query ${'n'.repeat(1000)} { __typename }`);
    expect(lines(gateway)).toMatchObject([{ operation: 'n'.repeat(128) }]);
  });
});
