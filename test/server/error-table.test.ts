import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes, GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
const details = { field: 'code', by: ['a', 'b'], rejected: { MEMORY: 2 }, expected: '7' };
const schema = transportSchema({
  failure: (code: ErrorCode) => new GatewayError(code, `It is ${code}`, { details, cause: new Error('swordfish') }),
});
let gateway: Gateway;

beforeEach(async () => {
  gateway = await startGateway({ store, schema });
  return () => gateway.stop();
});
afterAll(() => store.close());

const bothTypes = ['application/json', 'application/graphql-response+json'] as const;

describe('An error from the table', () => {
  const written = errorCodes.filter((code) => code !== 'INTERNAL_SERVER_ERROR');

  it.each(written)('%s reaches the client with its code, message and details, and without its cause', async (code) => {
    for (const accept of bothTypes) {
      const response = await gateway.post({ query: `{ failed: fail(code: "${code}") count }` }, { accept });
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(text).not.toContain('swordfish');
      expect(JSON.parse(text)).toEqual({
        data: { failed: null, count: 3 },
        errors: [
          {
            message: `It is ${code}`,
            path: ['failed'],
            locations: [{ line: 1, column: 3 }],
            extensions: { ...details, code },
          },
        ],
      });
    }
    expect(gateway.logLines.filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('is the same when a mutation fails with it', async () => {
    const { data, errors } = await gateway.ask('mutation { fail(code: "CONFLICT") }');
    expect(data).toEqual({ fail: null });
    expect(errors).toMatchObject([{ message: 'It is CONFLICT', extensions: { code: 'CONFLICT', expected: '7' } }]);
  });

  it('that takes the whole answer with it is an answer of status 200 for both media types: the request was a good one', async () => {
    for (const accept of bothTypes) {
      const response = await gateway.post({ query: '{ failWhole }' }, { accept });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ data: null, errors: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] });
    }
  });
});

describe('An error that nobody wrote for the client', () => {
  it.each([
    ['a bug in a resolver', '{ failed: crash }'],
    ['a value that its type can not hold', '{ failed: notAnInt }'],
    ['one from the table that is internal', '{ failed: fail(code: "INTERNAL_SERVER_ERROR") }'],
  ])('is masked, and logged with its stack under the id in the answer: %s', async (_what, query) => {
    const response = await gateway.post({ query }, { 'x-request-id': 'request-1' });
    const text = await response.text();
    expect(text).not.toMatch(/swordfish|node_modules|stack|It is/);
    const { data, errors } = JSON.parse(text);
    expect(data).toEqual({ failed: null });
    expect(errors).toMatchObject([
      { message: 'Unexpected error', path: ['failed'], extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) } },
    ]);
    const logged = gateway.logLines.filter(({ msg }) => msg === 'unexpected error');
    expect(logged).toMatchObject([
      {
        level: 50,
        errorId: errors[0].extensions.id,
        requestId: 'request-1',
        path: ['failed'],
        err: { stack: expect.stringContaining('at ') },
      },
    ]);
  });

  it('has one id and one log line where many fields share it', async () => {
    const { errors = [] } = await gateway.ask('{ crashes(count: 50) }');
    expect(errors).toHaveLength(50);
    expect(new Set(errors.map(({ extensions }) => extensions.id)).size).toBe(1);
    expect(gateway.logLines.filter(({ msg }) => msg === 'unexpected error')).toHaveLength(1);
  });

  it('shows no stack in development either', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'development';
    try {
      const developing = await startGateway({ store, schema });
      const text = await (await developing.post({ query: '{ crash notAnInt failWhole }' })).text();
      expect(text).not.toMatch(/swordfish|node_modules|stack|originalError/);
      await developing.stop();
    } finally {
      process.env.NODE_ENV = before;
    }
  });
});

describe("An error in the client's own words", () => {
  const status = { 'application/json': 200, 'application/graphql-response+json': 400 } as const;

  it.each([
    ['a document that is no GraphQL', { query: '{ count(' }, { code: 'GRAPHQL_PARSE_FAILED' }],
    ['a document that does not fit the schema', { query: '{ cuont }' }, { code: 'GRAPHQL_VALIDATION_FAILED' }],
    ['an argument of the wrong type', { query: '{ count(of: "3") }' }, { code: 'GRAPHQL_VALIDATION_FAILED' }],
    [
      'a variable that does not fit its type',
      { query: 'query ($n: Int!) { count(of: $n) }', variables: { n: 'three' } },
      { code: 'BAD_USER_INPUT', field: 'n' },
    ],
    ['a variable that is missing', { query: 'query ($n: Int!) { count(of: $n) }' }, { code: 'BAD_USER_INPUT', field: 'n' }],
    [
      "a variable that a scalar of the gateway's own refuses",
      { query: 'query ($r: Revision!) @at(revision: $r) { count }', variables: { r: 'x' } },
      { code: 'BAD_USER_INPUT', field: 'revision' },
    ],
    ['the same as a literal', { query: 'query @at(revision: "x") { count }' }, { code: 'BAD_USER_INPUT', field: 'revision' }],
    [
      'null for a revision',
      { query: 'query ($r: Revision = "5") @at(revision: $r) { count }', variables: { r: null } },
      { code: 'BAD_USER_INPUT', field: 'r' },
    ],
  ])('has a code and a status by media type: %s', async (_what, body, extensions) => {
    for (const accept of bothTypes) {
      const response = await gateway.post(body, { accept });
      expect(response.status).toBe(status[accept]);
      const { data, errors } = await response.json();
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ message: expect.not.stringContaining('\n'), extensions }]);
    }
    expect(gateway.logLines.filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('is told for the one argument that got null through a variable', async () => {
    const { data, errors } = await gateway.ask('query ($n: Int) { count(of: $n) revision }', { n: null });
    expect(data).toMatchObject({ count: null, revision: expect.any(String) });
    expect(errors).toMatchObject([{ path: ['count'], extensions: { code: 'BAD_USER_INPUT', field: 'n' } }]);
  });

  it.each([
    ['too many words', `{ ${'count '.repeat(10_000)} }`, expect.stringContaining('10000'), 'QUERY_TOO_COMPLEX'],
    ['too many levels', `{ count(of: ${'['.repeat(9_000)}`, 'The document is nested too deeply', 'GRAPHQL_PARSE_FAILED'],
  ])('is told where a document is absurd: %s', async (_what, query, message, code) => {
    const { errors } = await gateway.ask(query);
    expect(errors).toMatchObject([{ message, extensions: { code } }]);
  });

  it('is told again when the same document is sent again', async () => {
    const first = await gateway.ask('{ cuont }');
    expect(await gateway.ask('{ cuont }')).toEqual(first);
    expect(first.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});
