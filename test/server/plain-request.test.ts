import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openToEverybody } from '../../src/auth/index.ts';
import { openServices } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { openDoor } from '../../src/server/door.ts';
import { type GraphqlServer, openGraphqlServer } from '../../src/server/graphql-server.ts';
import { defaultLimits, GuessLimit, openCallerRefusalLog } from '../../src/server/limits/index.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { transportSchema } from './transport-schema.ts';

interface Sent {
  readonly method?: string;
  readonly search?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Received {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const store = openMemoryStore({ log: silentLog });
const servers: Server[] = [];
let graphql: GraphqlServer;
let ports: { readonly plain: number; readonly yoga: number };

async function listen(handle: GraphqlServer['handle']): Promise<number> {
  const services = openServices({ store, prefix: 'lochness/', log: silentLog, newId: () => 'an-id' });
  const readiness = () => Promise.reject(new Error('Nobody asks'));
  const corsOrigins = ['https://dash.example'];
  const isHostAllowed = () => true;
  const server = createServer(
    openDoor({
      services,
      corsOrigins,
      isHostAllowed,
      authenticator: openToEverybody,
      guesses: new GuessLimit(() => 0),
      refusals: openCallerRefusalLog(silentLog),
      stage: () => 'serving',
      readiness,
      graphql: handle,
    }),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

beforeAll(async () => {
  const services = openServices({ store, prefix: 'lochness/', log: silentLog, newId: () => 'an-id' });
  graphql = openGraphqlServer({
    services,
    schema: transportSchema(),
    limits: { ...defaultLimits, bodyBytes: 1000 },
    debugExtensions: true,
  });
  ports = { plain: await listen(graphql.handle), yoga: await listen(graphql.handleByYoga) };
});

afterAll(async () => {
  graphql.close();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await store.close();
});

function send(port: number, { method = 'POST', search, headers = {}, body }: Sent): Promise<Received> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const path = `/graphql${search === undefined ? '' : `?${new URLSearchParams(search)}`}`;
  const type = text === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method, headers: { ...type, ...headers } }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { date: _date, ...received } = response.headers;
        resolve({ status: response.statusCode, headers: received, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

const accepts = [
  undefined,
  '',
  '*/*',
  'application/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json; charset=utf-8, application/json;q=0.9',
  'application/json; charset=utf8, application/graphql-response+json',
  'text/event-stream, */*',
  'text/html, application/json',
  'multipart/mixed, application/json',
  'text/event-stream',
  'multipart/mixed',
  'image/png',
];

const long = 'x'.repeat(2000);

const requests: readonly (readonly [string, Sent])[] = [
  ['a query', { body: { query: '{ value(key: "a") count deep { __typename } }' } }],
  ['a query by GET', { method: 'GET', search: { query: 'query A($k: String!) { value(key: $k) }', variables: '{"k":"a"}' } }],
  ['a mutation', { body: { query: 'mutation { fail(code: "NOT_FOUND") }' } }],
  ['a mutation by GET', { method: 'GET', search: { query: 'mutation { fail(code: "NOT_FOUND") }' } }],
  ['an error in a field', { body: { query: '{ a: fail(code: "CONFLICT") count }' } }],
  ['an error that takes the data with it', { body: { query: '{ failWhole }' } }],
  ['an error that nobody expected', { body: { query: '{ crash notAnInt crashes(count: 2) }' } }],
  ['a variable that does not fit', { body: { query: 'query ($n: Int!) { count(of: $n) }', variables: { n: 'x' } } }],
  ['a variable that is missing', { body: { query: 'query ($n: Int!) { count(of: $n) }' } }],
  ['a revision that does not exist', { body: { query: 'query @at(revision: "0") { count }' } }],
  ['no GraphQL', { body: { query: '{' } }],
  ['a field that is not there', { body: { query: '{ cuont }' } }],
  ['an operation that is not there', { body: { query: 'query A { count }', operationName: 'B' } }],
  ['one operation of two', { body: { query: 'query A { count } query B { a: count }', operationName: 'B' } }],
  ['two operations without a name', { body: { query: 'query A { count } query B { count }' } }],
  ['an empty name', { body: { query: '{ count }', operationName: '' } }],
  ['no body', { body: '' }],
  ['no JSON', { body: '{"query"' }],
  ['a parameter that nobody knows', { body: { query: '{ count }', variable: {} } }],
  ['variables that are no object', { body: { query: '{ count }', variables: [] } }],
  ['a body that is too long', { body: { query: '{ count }', extensions: { long } } }],
  ['text', { body: '{ count }', headers: { 'content-type': 'text/plain' } }],
  ['a compressed body', { body: { query: '{ count }' }, headers: { 'content-encoding': 'gzip' } }],
  ['PUT', { method: 'PUT', body: { query: '{ count }' } }],
  ['HEAD', { method: 'HEAD', search: { query: '{ count }' } }],
  ['a page of another site', { method: 'GET', search: { query: '{ count }' }, headers: { 'sec-fetch-site': 'cross-site' } }],
  ['an origin that is listed', { body: { query: '{ count }' }, headers: { origin: 'https://dash.example' } }],
  ['an origin that is not', { body: { query: '{ count }' }, headers: { origin: 'https://evil.example' } }],
  ['a request id', { body: { query: '{ count }' }, headers: { 'x-request-id': 'mine' } }],
  ['an idempotency key', { body: { query: '{ count }' }, headers: { 'idempotency-key': 'mine' } }],
];

describe('A request that goes the short way', () => {
  it.each(requests)('is answered as Yoga answers it, whatever it accepts: %s', async (_what, sent) => {
    for (const accept of accepts) {
      const headers = { ...sent.headers, ...(accept === undefined ? {} : { accept }) };
      // More than once: what is known is answered the same.
      for (const _time of [1, 2, 3]) {
        const expected = await send(ports.yoga, { ...sent, headers });
        expect(await send(ports.plain, { ...sent, headers }), accept).toEqual(expected);
      }
    }
  });
});
