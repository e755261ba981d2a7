import fc from 'fast-check';
import { shownInRequest } from './credential.ts';
import { rightCredentials } from './known-credential.ts';
import type { Ending } from './raw-line.ts';
import { bodies, headers, startLines, targets, wrongBodies, wrongLines, wrongTargets } from './request-part.ts';

/** One request as it is written, right or wrong. */
export interface WrittenRequest {
  readonly bytes: Buffer;
  readonly isHead: boolean;
  /** It has a right credential where it belongs. */
  readonly isRight: boolean;
}

/** What is sent over one connection. */
export interface HostileConnection {
  readonly requests: readonly WrittenRequest[];
  readonly pieces: number;
  readonly ending: Ending;
}

const get = fc.record({ method: fc.constantFrom('GET', 'GET', 'HEAD', 'OPTIONS'), body: fc.constant('') });
const other = fc.record({ method: fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH'), body: bodies });

interface Framed {
  readonly head: readonly string[];
  readonly body: Buffer;
}

function chunked(body: Buffer, size: number): Framed {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return { head: ['Transfer-Encoding: chunked'], body: Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]) };
}

function measured(body: Buffer): Framed {
  return { head: [`Content-Length: ${body.length}`], body };
}

/** A request that is read to its end, whatever it asks for. */
const right = fc
  .record({
    start: fc.oneof(get, other),
    target: fc.oneof({ weight: 1, arbitrary: fc.constant('/graphql') }, { weight: 1, arbitrary: fc.constantFrom(...targets) }),
    lines: fc.uniqueArray(fc.constantFrom(...headers), { maxLength: 4, selector: (line) => line.split(':')[0] }),
    chunkSize: fc.option(fc.integer({ min: 1, max: 40 })),
    shown: shownInRequest,
  })
  .map(({ start: { method, body }, target, lines, chunkSize, shown }): WrittenRequest => {
    const content = Buffer.from(body);
    const framed = chunkSize === null || content.length > 2_000 ? measured(content) : chunked(content, chunkSize);
    const isTyped = lines.some((line) => line.startsWith('Content-Type'));
    const type = isTyped ? [] : ['Content-Type: application/json'];
    const frame = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? [] : framed.head;
    const head = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...type, ...shown.form, ...lines, ...frame, '', ''].join(
      '\r\n',
    );
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), frame.length === 0 ? Buffer.alloc(0) : framed.body]);
    return { bytes, isHead: method === 'HEAD', isRight: shown.isRight };
  });

/** A request in which anything may be wrong. */
const wrong = fc
  .record({
    start: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('POST /graphql HTTP/1.1', 'GET /graphql?query={revision} HTTP/1.1', 'POST /graphql HTTP/1.0'),
      },
      { weight: 2, arbitrary: fc.constantFrom(...startLines) },
      { weight: 1, arbitrary: fc.constantFrom(...wrongTargets).map((target) => `GET ${target} HTTP/1.1`) },
      { weight: 1, arbitrary: fc.string() },
    ),
    lines: fc.array(fc.constantFrom(...wrongLines, ...headers, 'Content-Length: 5', 'Transfer-Encoding: chunked'), {
      maxLength: 6,
    }),
    body: fc.oneof(fc.constantFrom(...wrongBodies), bodies, fc.string()),
    newline: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
    hasHost: fc.boolean(),
    shown: shownInRequest,
  })
  .map(({ start, lines, body, newline, hasHost, shown }): WrittenRequest => {
    const head = [start, ...(hasHost ? ['Host: localhost'] : []), ...shown.form, ...lines, '', ''].join(newline);
    return {
      bytes: Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]),
      isHead: start.startsWith('HEAD'),
      isRight: shown.isRight,
    };
  });

const noise = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes): WrittenRequest => ({ bytes: Buffer.from(bytes), isHead: false, isRight: false }));

/** The last one of those that are answered: it says that no more will come. */
const farewell: WrittenRequest = {
  bytes: Buffer.from(
    `GET /graphql?query={revision} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${rightCredentials[0]}\r\n\r\n`,
  ),
  isHead: false,
  isRight: true,
};

/** Each has an id, so that it is seen which answer is whose. */
export function requestIdAt(index: number): string {
  return `request-${index}`;
}

function named({ bytes, ...request }: WrittenRequest, index: number): WrittenRequest {
  const text = bytes.toString('latin1').replace('Host: localhost', `Host: localhost\r\nX-Request-Id: ${requestIdAt(index)}`);
  return { ...request, bytes: Buffer.from(text, 'latin1') };
}

const orderly = fc
  .record({ requests: fc.array(right, { minLength: 1, maxLength: 6, size: 'max' }), pieces: fc.integer({ min: 1, max: 12 }) })
  .map(({ requests, pieces }): HostileConnection => ({ requests: [...requests, farewell].map(named), pieces, ending: 'WAIT' }));

const disorderly = fc.record({
  requests: fc.array(
    fc.oneof({ weight: 6, arbitrary: wrong }, { weight: 3, arbitrary: right }, { weight: 1, arbitrary: noise }),
    {
      minLength: 1,
      maxLength: 4,
      size: 'max',
    },
  ),
  pieces: fc.integer({ min: 1, max: 12 }),
  ending: fc.constantFrom<Ending>('END', 'END', 'DESTROY'),
});

const cut = fc
  .record({ request: right, share: fc.integer({ min: 1, max: 99 }), ending: fc.constantFrom<Ending>('END', 'DESTROY') })
  .map(({ request: { bytes, ...request }, share, ending }): HostileConnection => {
    const part = bytes.subarray(0, Math.floor((bytes.length * share) / 100));
    return { requests: [{ ...request, bytes: part }], pieces: 2, ending };
  });

export const hostileConnection: fc.Arbitrary<HostileConnection> = fc.oneof(
  { weight: 5, arbitrary: orderly },
  { weight: 5, arbitrary: disorderly },
  { weight: 2, arbitrary: cut },
);
