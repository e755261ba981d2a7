import fc from 'fast-check';
import { hostileOperations } from './document.ts';
import { jsonText, objectText } from './json-text.ts';
import { hostileBody } from './parameters.ts';

/** Few, so that they are used again while they are in use; and such as are no ids. */
const id = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('1', '2', '3', 'a') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      ' ',
      '\u0000',
      '\u{1f995}',
      '\ud800',
      'x'.repeat(300),
      '"',
      '\r\n',
    ),
  },
);

const simple = [
  '{"query":"{ revision }"}',
  '{"query":"{ guests(first: 5) { nodes { name hypervisor { id } } } }"}',
  '{"query":"subscription { changes { id } }"}',
  '{"query":"subscription { changes(after: \\"1000\\") { id revision } }"}',
  '{"query":"subscription { guestChanged { guest { name } } }"}',
  '{"query":"subscription S { changes(after: \\"x\\") { id } }","operationName":"S"}',
  '{"query":"mutation { deleteNetwork(input: { id: \\"x\\" }) { __typename } }"}',
  '{"query":"query A { revision } query B { revision }","operationName":"B"}',
  '{"query":"{ nothing }"}',
  '{"query":"{"}',
  '{"query":""}',
  '{}',
  'null',
  '{"query":1}',
  '{"query":"{ revision }","operationName":{}}',
  '{"query":"{ revision }","variables":[]}',
  '{"query":"{ revision }","extensions":1}',
];

const documents = hostileOperations.map((operations) =>
  operations.slice(0, 3).map(({ document, variables }) => JSON.stringify({ query: document, variables })),
);
const payload = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...simple) }, { weight: 2, arbitrary: hostileBody });

function message(type: string, members: readonly (readonly [string, string])[] = []): string {
  return objectText([['type', JSON.stringify(type)], ...members]);
}

function subscribe(of: string, text: string): string {
  return message('subscribe', [
    ['id', JSON.stringify(of)],
    ['payload', text],
  ]);
}

const begin = fc.tuple(id, payload).map(([of, text]) => [subscribe(of, text)]);
const beginMany = fc.tuple(id, documents).map(([of, texts]) => texts.map((text, index) => subscribe(`${of}${index}`, text)));
/** A complete may come before its subscribe, or behind it at once. */
const beginAndEnd = fc.tuple(id, payload, fc.boolean()).map(([of, text, isFirst]) => {
  const end = message('complete', [['id', JSON.stringify(of)]]);
  return isFirst ? [end, subscribe(of, text)] : [subscribe(of, text), end];
});
const end = id.map((of) => [message('complete', [['id', JSON.stringify(of)]])]);
const ping = fc
  .tuple(fc.constantFrom('ping', 'pong'), fc.option(jsonText))
  .map(([type, text]) => [message(type, text === null ? [] : [['payload', text]])]);
const pings = (size: number): readonly string[] => Array.from({ length: size }, () => message('ping'));

/** Messages that a client may send, in an order that it may choose. */
export const orderlyMessages: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 5, arbitrary: begin },
  { weight: 2, arbitrary: beginMany },
  { weight: 3, arbitrary: beginAndEnd },
  { weight: 2, arbitrary: end },
  { weight: 2, arbitrary: ping },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }).map(pings) },
);

const foreign = fc
  .tuple(
    fc.constantFrom('next', 'error', 'connection_ack', 'start', 'stop', 'SUBSCRIBE', '', '__proto__', 'connection_init'),
    jsonText,
  )
  .map(([type, text]) =>
    message(type, [
      ['id', '"1"'],
      ['payload', text],
    ]),
  );
const twisted = fc
  .tuple(
    fc.constantFrom('subscribe', 'complete', 'ping', 'connection_init'),
    fc.constantFrom('id', 'payload', 'type', 'x'),
    jsonText,
  )
  .map(([type, member, text]) => message(type, [[member, text]]));

const again = id.map((of) => Array.from({ length: 2 }, () => subscribe(of, '{"query":"subscription { changes { id } }"}')));
const one = fc.oneof(
  { weight: 3, arbitrary: foreign },
  { weight: 3, arbitrary: twisted },
  { weight: 2, arbitrary: jsonText },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
);

/** Messages that nobody may send: the last of them, or so many, at least. */
export const disorderlyMessages: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 12, arbitrary: one.map((text) => [text]) },
  { weight: 2, arbitrary: again },
  { weight: 1, arbitrary: fc.constant(300).map(pings) },
);
