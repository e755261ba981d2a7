import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getIntrospectionQuery, parse, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { loadPersistedOperations } from '../../src/server/persisted-operations/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { openRawSocket, openSocketClient } from '../support/ws-client.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
const schema = buildSchema();
afterAll(() => store.close());

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const documentId = (text: string): string => `sha256:${hashOf(text)}`;
const persistedQuery = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } });

const counts = '# How many there are.\nquery Counts {\n  cluster { guestCount }\n}\n';
const rename =
  'mutation NewNetwork($name: String!) {\n  createNetwork(input: { metadata: { name: $name } }) { network { ...Name } }\n}\n';
const name = 'query OneNetwork($id: ID!) {\n  network(id: $id) { ...Name }\n}\nfragment Name on Network { name }\n';
const changes = 'subscription Changes($after: EventCursor) { changes(after: $after) { kind } }\n';
const files = { 'counts.graphql': counts, 'network/all.graphql': rename + name, 'network/changes.graphql': changes };

async function folderWith(contents: Readonly<Record<string, string>>): Promise<string> {
  const { path: folder, remove } = await openTemporaryDirectory();
  onTestFinished(remove);
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function refusalOf(response: Response) {
  const { errors, data } = await response.json();
  expect(data).toBeUndefined();
  const [{ message, extensions }] = errors;
  return { status: response.status, message, ...extensions };
}

describe('A gateway with persisted operations', () => {
  let gateway: Gateway;
  let folder: Awaited<ReturnType<typeof openTemporaryDirectory>>;
  beforeAll(async () => {
    folder = await openTemporaryDirectory();
    await mkdir(join(folder.path, 'network'));
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, path), text);
    gateway = await startGateway({
      store,
      memory: store.memory,
      schema,
      persisted: loadPersistedOperations(folder.path, schema),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await folder.remove();
  });

  const answer = { data: { cluster: { guestCount: 0 } } };

  it.each([
    ['its id', { documentId: documentId(counts) }],
    ['its hash, as clients of Apollo have it', { extensions: persistedQuery(hashOf(counts)) }],
    ['the hash of what graphql prints of it', { documentId: documentId(print(parse(counts))) }],
    ['its text', { query: counts }],
    ['its text, in other white space and without comments', { query: 'query   Counts{cluster{guestCount,}}' }],
    ['its text beside its hash', { query: counts, extensions: persistedQuery(hashOf(counts)) }],
    ['its id beside an empty text', { query: '', documentId: documentId(counts) }],
  ])('executes one that is asked for by %s', async (_how, body) => {
    for (let round = 0; round < 3; round++) {
      expect(await (await gateway.post(body)).json()).toMatchObject(answer);
    }
  });

  it('executes one of several in a file, by its name, or as a document of its own', async () => {
    const variables = { name: 'web' };
    const byName = { documentId: documentId(rename + name), operationName: 'NewNetwork', variables };
    const web = { data: { createNetwork: { network: { name: 'web' } } } };
    expect(await (await gateway.post(byName)).json()).toMatchObject(web);
    const alone = `${rename}fragment Name on Network { name }`;
    expect(await (await gateway.post({ query: alone, variables })).json()).toMatchObject(web);
    expect(await (await gateway.post({ documentId: documentId(print(parse(alone))), variables })).json()).toMatchObject(web);
  });

  it('executes one that is asked for by GET, and answers 304 to who has the answer', async () => {
    for (const parameters of [
      { documentId: documentId(counts) },
      { extensions: JSON.stringify(persistedQuery(hashOf(counts))) },
      { query: counts },
    ]) {
      const address = `${gateway.url}?${new URLSearchParams(parameters)}`;
      const response = await fetch(address);
      expect(await response.json()).toMatchObject(answer);
      const again = await fetch(address, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } });
      expect(again.status).toBe(304);
    }
  });

  it('looks at each operation of a batch', async () => {
    const response = await gateway.post([{ documentId: documentId(counts) }, { query: '{ revision }' }, { query: counts }]);
    const refused = { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'query' } }] };
    expect(await response.json()).toMatchObject([answer, refused, answer]);
  });

  it('never runs a mutation by GET, whatever it is called', async () => {
    const parameters = { documentId: documentId(rename + name), operationName: 'NewNetwork', variables: '{"name":"web"}' };
    const response = await fetch(`${gateway.url}?${new URLSearchParams(parameters)}`);
    expect(await refusalOf(response)).toMatchObject({ status: 405, field: 'method' });
  });

  it('answers a subscription as server-sent events', async () => {
    const { data } = await (
      await gateway.post({ query: rename + name, operationName: 'NewNetwork', variables: { name: 'a' } })
    ).json();
    expect(data.createNetwork.network.name).toBe('a');
    const { next, cut } = await openEventSource(gateway.url, { query: changes, variables: { after: '1' } });
    expect((await next())?.errors?.[0]?.extensions.code).toBe('REVISION_COMPACTED');
    cut();
  });

  it('executes them over WebSocket, and nothing else', async () => {
    const { client, ask } = await openSocketClient(gateway.url);
    expect(await ask(counts)).toMatchObject(answer);
    expect((await ask('{ revision }')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'query' } }]);
    expect((await ask(getIntrospectionQuery())).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await client.dispose();

    const { socket, send, receive } = await openRawSocket(gateway.url);
    send({ type: 'connection_init' });
    expect(await receive()).toMatchObject({ type: 'connection_ack' });
    for (const payload of [{ documentId: documentId(counts) }, { extensions: persistedQuery(hashOf(counts)) }]) {
      send({ id: '1', type: 'subscribe', payload: { query: '', ...payload } });
      expect(await receive()).toMatchObject({ type: 'next', payload: answer });
      expect(await receive()).toMatchObject({ type: 'complete' });
    }
    socket.terminate();
  });

  it.each([
    ['another text', { query: '{ revision }' }, 'query'],
    ['introspection', { query: getIntrospectionQuery() }, 'query'],
    ['a part of one', { query: 'query Counts { cluster { __typename } }' }, 'query'],
    ['one with more in it', { query: `${counts} query Other { revision }` }, 'query'],
    ['what is no GraphQL', { query: '{' }, 'query'],
    ['what is nested beyond the stack', { query: '{a'.repeat(50_000) }, 'query'],
    ['an id that it does not know', { documentId: documentId('{ revision }') }, 'documentId'],
    ['an id that is none', { documentId: 'Counts' }, 'documentId'],
    ['an id of another kind', { documentId: 7 }, 'documentId'],
    ['an id beside a text', { documentId: documentId(counts), query: counts }, 'documentId'],
    ['nothing', {}, 'query'],
  ])('refuses %s', async (_what, body, field) => {
    expect(await refusalOf(await gateway.post(body))).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', field });
  });

  it("tells Apollo's clients in their words that it does not know a hash, and refuses the text that they send then", async () => {
    for (const hash of [hashOf('{ revision }'), 'x', 7, null]) {
      const { message, code } = await refusalOf(await gateway.post({ extensions: persistedQuery(hash) }));
      expect([message, code]).toEqual(['PersistedQueryNotFound', 'BAD_USER_INPUT']);
    }
    const retried = { query: '{ revision }', extensions: persistedQuery(hashOf('{ revision }')) };
    expect(await refusalOf(await gateway.post(retried))).toMatchObject({ status: 400, field: 'query' });
  });
});

describe('A text that a gateway with persisted operations does not know', () => {
  async function open(limits: Parameters<typeof startGateway>[0]['limits']): Promise<Gateway> {
    const persisted = loadPersistedOperations(await folderWith(files), schema);
    const gateway = await startGateway({ store, schema, persisted, ...(limits === undefined ? {} : { limits }) });
    onTestFinished(() => gateway.stop());
    return gateway;
  }

  /** What becomes of a text by each way. */
  const ways: Readonly<Record<string, (gateway: Gateway, query: string) => Promise<unknown>>> = {
    'by POST': async (gateway, query) => (await gateway.ask(query)).errors?.[0]?.extensions.code,
    'by GET': async ({ url }, query) => {
      const { errors } = await (await fetch(`${url}?${new URLSearchParams({ query })}`)).json();
      return errors?.[0].extensions.code;
    },
    'in a batch': async (gateway, query) => (await (await gateway.post([{ query }])).json())[0].errors?.[0].extensions.code,
    'by server-sent events': async ({ url }, query) => {
      const events = await openEventSource(url, { query });
      const answered = await events.next();
      events.cut();
      return answered?.errors?.[0]?.extensions.code;
    },
    'over WebSocket': async ({ url }, query) => {
      const client = await openSocketClient(url);
      const { errors } = await client.ask(query);
      client.cut();
      return errors?.[0]?.extensions.code;
    },
  };

  it.each(Object.entries(ways))(
    'is refused before it is read where it is longer than a document may be, %s',
    async (_way, codeOf) => {
      const gateway = await open({ documentBytes: 2_000 });
      expect(await codeOf(gateway, `${counts}#${'x'.repeat(2_000 - counts.length)}`)).toBe('QUERY_TOO_COMPLEX');
      expect(await codeOf(gateway, `${counts}#${'x'.repeat(1_999 - counts.length)}`)).toBeUndefined();
    },
  );

  it.each(Object.entries(ways))('counts by its length, %s', async (_way, codeOf) => {
    const gateway = await open({ requestsPerSecond: 1e-6, requestBurst: 32 });
    const codes: unknown[] = [];
    for (let index = 0; index < 4; index++) codes.push(await codeOf(gateway, `{ revision } #${index}${'x'.repeat(9_000)}`));
    expect(codes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'RATE_LIMITED']);
    expect(await codeOf(gateway, counts)).toBeUndefined();
  });
});

describe('A gateway without persisted operations', () => {
  it('refuses an id or a hash, and says that there is no list', async () => {
    const gateway = await startGateway({ store, schema: transportSchema() });
    onTestFinished(gateway.stop);
    const byId = await refusalOf(await gateway.post({ documentId: documentId(counts) }));
    expect(byId).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', field: 'documentId' });
    expect(byId.message).toContain('no list of operations');
    const byHash = await refusalOf(await gateway.post({ extensions: persistedQuery(hashOf(counts)) }));
    expect(byHash).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', message: 'PersistedQueryNotSupported' });
    const withText = { query: '{ count }', extensions: persistedQuery(hashOf('{ count }')) };
    expect(await (await gateway.post(withText)).json()).toEqual({ data: { count: 3 } });
  });
});

describe('A folder of persisted operations', () => {
  const problemsOf = (folder: string): unknown => {
    try {
      return loadPersistedOperations(folder, schema).size;
    } catch (error) {
      return error instanceof Error && 'problems' in error ? error.problems : error;
    }
  };

  it('is read whole: all that is wrong in it is told together, with file and line', async () => {
    const folder = await folderWith({
      'a.graphql': 'query A {\n  nothing\n}\n',
      'b/c.graphql': 'query {\n  revision\n}\n',
      'b/d.graphql': 'query D {',
      'b/e.graphql': 'fragment E on Network { name }',
      'good.graphql': counts,
    });
    expect(problemsOf(folder)).toEqual([
      'a.graphql:2:3: Cannot query field "nothing" on type "Query".',
      'b/c.graphql:1:1: The operation has no name.',
      'b/d.graphql:1:10: Syntax Error: Expected Name, found <EOF>.',
      'b/e.graphql:1:1: There is no operation in it.',
      'b/e.graphql:1:1: Fragment "E" is never used.',
    ]);
  });

  it('must be there, and have operations in it', async () => {
    expect(problemsOf('/nowhere')).toEqual([expect.stringMatching(/^\/nowhere can't be read: ENOENT/)]);
    const folder = await folderWith({ 'read.me': 'x' });
    expect(problemsOf(folder)).toEqual([`${folder} holds no .graphql file: nothing could be asked`]);
  });

  it('may be mounted as Kubernetes mounts a ConfigMap: files are links to hidden ones', async () => {
    const folder = await folderWith({ '..2026/counts.graphql': counts, '..2026/broken.graphql': '{' });
    await symlink('..2026', join(folder, '..data'));
    await symlink('..data/counts.graphql', join(folder, 'counts.graphql'));
    expect(problemsOf(folder)).toBe(1);
  });
});
