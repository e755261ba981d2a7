import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { exchange } from './raw-http.ts';
import { transportSchema } from './transport-schema.ts';

const store = openMemoryStore({ log: silentLog });
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ store, schema: transportSchema(), limits: { bodyBytes: 64 * 1024 }, logLevel: 'warn' });
});
afterAll(async () => {
  await gateway.stop();
  await store.close();
});

/** Each property is tried for so long, on whatever machine. */
const triesForMs = 2_000;
const forAWhile = { numRuns: 100_000, interruptAfterTimeLimit: triesForMs };

const stack = /\n\s+at |node_modules|\/src\//;

async function expectProperAnswer(response: Response): Promise<void> {
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(text).not.toMatch(stack);
  // A HEAD has the headers of an answer, and none.
  if (text !== '' && response.headers.get('content-type')?.includes('json')) expect(() => JSON.parse(text)).not.toThrow();
}

async function expectUnharmed(): Promise<void> {
  expect(await gateway.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  expect(gateway.logLines).toEqual([]);
}

const json = 'application/json';
const mediaType = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(json, `${json}; charset=utf-8`, 'text/plain', 'multipart/form-data', 'a/b', ';', '*/*', ''),
  },
  fc.string({ unit: fc.constantFrom(...'abj/;=*,"+ -') }),
);
const accept = fc.oneof(
  mediaType,
  fc.constantFrom('application/graphql-response+json', 'text/event-stream', 'multipart/mixed', 'text/html'),
);

const words =
  '{ } ( ) : $ @ ... [ ] ! """ " # | & = query mutation subscription fragment on Query count value revision deep key of at skip';
const moreWords = 'include if __typename __schema __type types name fields true null 1 -1 1.5e9 $a $b Int Int! String Revision n';
const documentText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...`${words} ${moreWords}`.split(' ')), { maxLength: 40 }).map((all) => all.join(' ')),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((depth) => `${'{ deep '.repeat(depth)}{ count }${'}'.repeat(depth)}`) },
);
const parameters = fc.record(
  {
    query: fc.oneof({ weight: 5, arbitrary: documentText }, fc.jsonValue()),
    variables: fc.oneof(fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'n'), fc.jsonValue()), fc.jsonValue()),
    operationName: fc.oneof(fc.constantFrom('n', '', '__proto__'), fc.jsonValue()),
    extensions: fc.oneof(fc.constant({ persistedQuery: { version: 1 } }), fc.jsonValue()),
  },
  { requiredKeys: ['query'] },
);

describe('Whatever is sent to the gateway, it neither fails, nor shows a stack, nor breaks', () => {
  it('as the bytes of a body', async () => {
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), mediaType, async (body, type) => {
      await expectProperAnswer(await fetch(gateway.url, { method: 'POST', headers: { 'content-type': type }, body }));
    });
    await fc.assert(property, forAWhile);
    await expectUnharmed();
  });

  it('as JSON', async () => {
    const property = fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: parameters }, fc.jsonValue()),
      accept,
      async (body, accepted) => {
        await expectProperAnswer(await gateway.post(JSON.stringify(body), { accept: accepted }));
      },
    );
    await fc.assert(property, forAWhile);
    await expectUnharmed();
  });

  it('as a method, a path, parameters and headers', async () => {
    const path = fc.oneof(fc.constantFrom('/graphql', '/', '/health', '/ready', '/graphql/', '//graphql', '/%00'), fc.webPath());
    const search = fc.dictionary(
      fc.constantFrom('query', 'variables', 'operationName', 'extensions', 'x'),
      fc.oneof(documentText, fc.json()),
    );
    const headers = fc.record(
      {
        accept,
        'content-type': mediaType,
        'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'none', 'x'),
        origin: fc.oneof(fc.webUrl(), fc.constant('null')),
        'x-request-id': fc.string({ unit: fc.constantFrom(...'ab:/"; ') }),
        'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
      },
      { requiredKeys: [] },
    );
    const method = fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND');
    const property = fc.asyncProperty(method, path, search, headers, async (verb, to, asked, given) => {
      // The page of GraphiQL is 9 MB: once is enough, elsewhere.
      const { accept: accepted = '*/*', ...others } = given;
      const request = { method: verb, headers: { ...others, accept: accepted.replace('text/html', 'text/plain') } };
      await expectProperAnswer(
        await fetch(`${gateway.origin}${to}?${new URLSearchParams(asked)}`, { ...request, redirect: 'manual' }),
      );
    });
    await fc.assert(property, forAWhile);
    await expectUnharmed();
  });

  it('as bytes on its socket', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Host: [',
        'Host: a/b?c#d',
        'Host:',
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
      ),
      fc.constantFrom(
        'Content-Type: application/json',
        'Expect: 100-continue',
        'Upgrade: websocket',
        'Connection: upgrade',
        'Accept: */*',
      ),
      fc.string(),
    );
    const start = fc.oneof(
      fc.constantFrom(
        'GET /graphql?query={a} HTTP/1.1',
        'POST /graphql HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        'GET http://[/ HTTP/1.1',
      ),
      fc.constantFrom('CONNECT a:1 HTTP/1.1', 'TRACE / HTTP/1.0', 'PRI * HTTP/2.0', 'GET / HTTP/0.9'),
      fc.string(),
    );
    const body = fc.oneof(fc.constantFrom('', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', '{"query":"{ count }"}'), fc.string());
    const property = fc.asyncProperty(start, fc.array(line, { maxLength: 6 }), body, async (first, lines, rest) => {
      const text = await exchange(gateway.port, [first, ...lines, 'Connection: close', '', rest].join('\r\n'), { andEnd: true });
      expect(text).not.toMatch(/^HTTP\/1.1 5/);
      expect(text).not.toMatch(stack);
    });
    await fc.assert(property, forAWhile);
    await expectUnharmed();
  });
});
