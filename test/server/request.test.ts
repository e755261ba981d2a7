import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { exchange, openConnection } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const query = '{ __typename }';
const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({
    store,
    schema: transportSchema(),
    limits: { bodyBytes: 1000 },
    corsOrigins: ['https://dash.example'],
  });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

async function refusal(response: Response): Promise<{ status: number; code: string; field: string; message: string }> {
  const { errors, data } = await response.json();
  expect(data).toBeUndefined();
  const [{ message, extensions }] = errors;
  expect(message).not.toMatch(/\n|\bat \//);
  return { status: response.status, code: extensions.code, field: extensions.field, message };
}

describe('The Host header of a request', () => {
  it.each(['evil.example', 'evil.example:4000', '127.0.0.1.evil.example', 'localhost.evil.example'])(
    'is refused when it is %s: a web page may have pointed that name here',
    async (host) => {
      const body = JSON.stringify({ query });
      const head = `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
      const text = await exchange(gateway.port, `${head}\r\nConnection: close\r\n\r\n${body}`);
      expect(text).toMatch(/^HTTP\/1.1 403 /);
      expect(text).toContain('"code":"BAD_USER_INPUT","field":"host"');
    },
  );

  it.each(['localhost', 'localhost:1', 'gateway.localhost', '127.0.0.1', '10.1.2.3:4000', '[::1]:4000'])(
    'is taken when it is %s',
    async (host) => {
      const text = await exchange(gateway.port, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1.1 200 /);
    },
  );
});

describe('A POST', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/graphql+json',
    'application/json; charset=utf-16',
    'application/jsonx',
  ])('is refused as %s, with a GraphQL error', async (contentType) => {
    const response = await gateway.post({ query }, { 'content-type': contentType });
    expect(await refusal(response)).toMatchObject({ status: 415, code: 'BAD_USER_INPUT', field: 'content-type' });
  });

  it.each(['application/json', 'Application/JSON', 'application/json;charset=UTF-8', 'application/json ; charset="utf-8"'])(
    'is accepted as %s',
    async (contentType) => {
      expect((await gateway.post({ query }, { 'content-type': contentType })).status).toBe(200);
    },
  );

  it('is refused with a compressed body', async () => {
    const response = await gateway.post({ query }, { 'content-encoding': 'gzip' });
    expect(await refusal(response)).toMatchObject({ status: 415, field: 'content-encoding' });
  });

  it.each([
    ['no JSON', '{"query": ', 'body'],
    ['an empty list of operations', [], 'body'],
    ['a string', '"{ __typename }"', 'body'],
    ['null', 'null', 'body'],
    ['no query', {}, 'query'],
    ['a query that is no string', { query: ['{ __typename }'] }, 'query'],
    ['a name that is no string', { query, operationName: 1 }, 'operationName'],
    ['variables that are no object', { query, variables: '{}' }, 'variables'],
    ['extensions that are no object', { query, extensions: [] }, 'extensions'],
    ['a parameter that the protocol does not know', { query, variable: {} }, 'variable'],
  ])('is refused when its body is %s', async (_what, body, field) => {
    expect(await refusal(await gateway.post(body))).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', field });
  });

  it('is refused when its body says that it is longer than the limit', async () => {
    const response = await gateway.post({ query, extensions: { padding: 'x'.repeat(1000) } });
    expect(await refusal(response)).toMatchObject({ status: 413, code: 'BAD_USER_INPUT', field: 'body' });
  });

  it('is refused when its body grows longer than the limit, whatever it said', async () => {
    const chunk = `12c\r\n${' '.repeat(300)}\r\n`;
    const head =
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close';
    const text = await exchange(gateway.port, `${head}\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 413 /);
    expect(text).toContain('"code":"BAD_USER_INPUT","field":"body"');
  });

  it('that is cut in the middle of its body is no error of the gateway', async () => {
    const watched = await startGateway({ store, schema: transportSchema(), logLevel: 'debug' });
    const { socket } = await openConnection(watched.port);
    const head =
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue';
    socket.write(`${head}\r\n\r\n{"query"`);
    // "100 Continue": the request has begun.
    await once(socket, 'readable');
    socket.destroy();
    await watched.lineSaying('request');
    await watched.stop();
    expect(watched.logLines).toMatchObject([{ level: 20, msg: 'request', method: 'POST' }]);
  });

  it('is refused before it runs when no answer could be read', async () => {
    const lines = gateway.logLines.length;
    expect((await gateway.post({ query }, { accept: 'image/png' })).status).toBe(406);
    expect(gateway.logLines).toHaveLength(lines);
  });
});

describe('A GET', () => {
  const get = (parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}?${new URLSearchParams(parameters)}`, { headers });

  it.each(['same-origin', 'none'])('is answered when the browser says that it comes from %s', async (site) => {
    expect((await get({ query }, { 'sec-fetch-site': site })).status).toBe(200);
  });

  it('is answered to a program, which says nothing of the kind', async () => {
    expect((await get({ query })).status).toBe(200);
  });

  it.each(['cross-site', 'same-site'])('is refused when the browser says that it comes from %s', async (site) => {
    const response = await get({ query }, { 'sec-fetch-site': site });
    expect(await refusal(response)).toMatchObject({ status: 403, code: 'BAD_USER_INPUT', field: 'sec-fetch-site' });
  });

  it('never runs a mutation', async () => {
    const response = await get({ query: 'mutation { fail(code: "NOT_FOUND") }' });
    expect(response.headers.get('allow')).toBe('POST');
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'BAD_USER_INPUT', field: 'method' });
  });

  it('is refused when its variables are no JSON', async () => {
    expect(await refusal(await get({ query, variables: '{' }))).toMatchObject({ status: 400, field: 'variables' });
  });
});

describe('A request', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('by %s is refused', async (method) => {
    const response = await fetch(gateway.url, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });

  it('is refused when it names an operation that the document does not have', async () => {
    for (const [accept, status] of [['application/json', 200] as const, ['application/graphql-response+json', 400] as const]) {
      const response = await gateway.post({ query, operationName: 'Other' }, { accept });
      expect(await refusal(response)).toMatchObject({ status, code: 'BAD_USER_INPUT', field: 'operationName' });
    }
  });

  it.each([
    ['query A { count } query B { count }', undefined, 'operationName is to be one of A, B'],
    ['query A { count } query B { count }', 'C', 'operationName is none of A, B'],
    ['{ count }', 'C', 'those of the document have no name'],
    ['fragment F on Query { count }', undefined, 'the document has none'],
  ])('that leaves open which operation it means is told which ones there are: %s, by the name %s', async (text, name, reason) => {
    const message = `Could not determine what operation to execute: ${reason}`;
    const body = { query: text, ...(name === undefined ? {} : { operationName: name }) };
    const places = { code: 'BAD_USER_INPUT', field: 'operationName' };
    expect(await refusal(await gateway.post(body))).toMatchObject({ status: 200, message, ...places });
    const events = await (await gateway.post(body, { accept: 'text/event-stream' })).text();
    expect(events).toContain(message);
    const socket = await openSocketClient(gateway.url);
    expect(await socket.ask(text, {}, name)).toMatchObject({ errors: [{ message, extensions: places }] });
    await socket.client.dispose();
  });

  it('by POST finds GraphQL only', async () => {
    const response = await fetch(`${gateway.origin}/health`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['/graphql/', '/graphql/x', '/x/graphql', '/x?y=/graphql', '/health/x', '/GRAPHQL'])(
    'for %s finds nothing',
    async (path) => {
      expect((await fetch(gateway.origin + path)).status).toBe(404);
    },
  );

  it('for / leads a browser to GraphQL', async () => {
    const response = await fetch(gateway.origin, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
  });

  it('to GraphQL is not taken for a health check, whatever its parameters end with', async () => {
    const response = await fetch(`${gateway.url}?query=%7B__typename%7D&operationName=/health`);
    expect(await refusal(response)).toMatchObject({ field: 'operationName' });
  });

  it('with a Host header that is none is refused without a stack', async () => {
    const text = await exchange(gateway.port, 'GET /graphql?query=x HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(text).not.toContain('node_modules');
  });

  it('whose target is a whole address is answered', async () => {
    const target = `${gateway.url}?query=%7B__typename%7D`;
    const text = await exchange(gateway.port, `GET ${target} HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 200 /);
    expect(text).toContain('{"data":{"__typename":"Query"}}');
  });
});

describe('Every answer', () => {
  it('carries the id of a request that has a sane one', async () => {
    const response = await gateway.post({ query }, { 'x-request-id': 'proxy-7:42' });
    expect(response.headers.get('x-request-id')).toBe('proxy-7:42');
  });

  it.each(['', 'a b', 'x'.repeat(129), 'ü', '"'])('carries a new id where the request has %j', async (id) => {
    const { headers } = await fetch(`${gateway.origin}/health`, { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['/graphql', '/health', '/nowhere'])(
    'of %s forbids guessing its type and keeping it, and does not name the server',
    async (path) => {
      const { headers } = await fetch(gateway.origin + path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    },
  );
});

describe('A page of another origin', () => {
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
  const corsHeaders = ({ headers }: Response): string[] =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  it('may read answers when it is listed, with what it puts into Authorization, and without cookies', async () => {
    const origin = 'https://dash.example';
    const asked = await fetch(gateway.url, { method: 'OPTIONS', headers: { origin, ...preflight } });
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'authorization, content-type, x-request-id, idempotency-key, if-none-match, traceparent, tracestate, baggage',
      vary: 'Origin',
    });
    const answered = await gateway.post({ query }, { origin, authorization: 'Bearer whatever' });
    expect(answered.headers.get('access-control-allow-origin')).toBe(origin);
    const exposed = 'x-request-id, etag, retry-after, www-authenticate';
    expect(answered.headers.get('access-control-expose-headers')).toBe(exposed);
    expect([...corsHeaders(asked), ...corsHeaders(answered)]).not.toContain('access-control-allow-credentials');
  });

  it.each(['https://evil.example', 'https://dash.example.evil.example', 'http://dash.example', 'null'])(
    'may read nothing when it is %s, which is not listed',
    async (origin) => {
      expect(corsHeaders(await fetch(gateway.url, { method: 'OPTIONS', headers: { origin, ...preflight } }))).toEqual([]);
      expect(corsHeaders(await gateway.post({ query }, { origin }))).toEqual([]);
    },
  );

  const asked = `?${new URLSearchParams({ query })}`;

  it.each(['cross-site', 'same-site'])('may ask by GET when it is listed, and is %s', async (site) => {
    const headers = { origin: 'https://dash.example', 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' };
    const answer = await fetch(gateway.url + asked, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://dash.example');
    // As an EventSource does.
    const events = await fetch(gateway.url + asked, { headers: { ...headers, accept: 'text/event-stream' } });
    expect(events.status).toBe(200);
    expect(events.headers.get('access-control-allow-origin')).toBe('https://dash.example');
    expect(await events.text()).toContain('event: next');
  });

  it.each([
    ['that is not listed', { origin: 'https://evil.example' }],
    ['that hides its origin', { origin: 'null' }],
    ['that makes the browser load it as an image, which has no origin', {}],
  ])('may not ask by GET: one %s', async (_which, headers) => {
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await fetch(gateway.url + asked, { headers: { ...headers, accept, 'sec-fetch-site': 'cross-site' } });
      expect(await refusal(answer)).toMatchObject({ status: 403, field: 'sec-fetch-site' });
    }
  });

  it('may read nothing where no origin is listed', async () => {
    const closed = await startGateway({ store, schema: transportSchema() });
    try {
      expect(corsHeaders(await closed.post({ query }, { origin: 'https://dash.example' }))).toEqual([]);
    } finally {
      await closed.stop();
    }
  });
});
