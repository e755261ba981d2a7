import fc from 'fast-check';
import { nearCredentials, rightCredentials } from './known-credential.ts';

/** What somebody shows, of which it is known whether it is worth anything. */
export interface Shown<Form> {
  readonly form: Form;
  /** Whoever shows it is let in. */
  readonly isRight: boolean;
}

const right = fc.constantFrom(...rightCredentials);

/** Other characters in a right one: as many, fewer or more. */
const spoiled = fc
  .tuple(right, fc.nat({ max: 1000 }), fc.constantFrom('', '.', '=', 'AA', '-x', '/', '~', '~~~~'))
  .map(([credential, place, text]) => {
    const at = 5 + (place % (credential.length - 5));
    return `${credential.slice(0, at)}${text}${credential.slice(at + 1)}`;
  })
  .filter((credential) => !rightCredentials.includes(credential));

const nothingLike = fc.oneof(
  fc.constantFrom('lgw_', 'lgw_x', '..', 'a.b.c', 'x', '=', 'undefined', 'null', '[object Object]', '__proto__'),
  fc.constantFrom(8_191, 8_193).map((length) => `lgw_${'x'.repeat(length)}`),
  fc.constantFrom(2_000, 5_000).map((length) => `e30.${'e'.repeat(length)}.AA`),
  fc.constantFrom(50, 700).map((count) => `${Buffer.from('{"alg":'.repeat(count)).toString('base64url')}.e30.AA`),
);

const wrong = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nearCredentials) },
  { weight: 3, arbitrary: spoiled },
  { weight: 2, arbitrary: nothingLike },
);

const rightText = fc
  .tuple(fc.constantFrom('Bearer ', 'Bearer ', 'bearer ', 'BEARER   '), right)
  .map(([scheme, credential]) => scheme + credential);
/** Not what a right credential looks like, even where there is one in it. */
const wrongScheme = fc
  .tuple(
    fc.constantFrom(
      'Basic ',
      'Token ',
      'Bearer',
      'Bearer\t',
      'Bearer:',
      'Bearer Bearer ',
      'Bearer x ',
      'Bearer "',
      'B\u00e9arer ',
      ', ',
      '',
    ),
    right,
    fc.constantFrom('', ',', ' x', '"', ';a=b', ', Bearer x'),
  )
  .map((parts) => parts.join(''));
const wrongText = fc.oneof(
  { weight: 6, arbitrary: wrong.map((credential) => `Bearer ${credential}`) },
  { weight: 2, arbitrary: wrongScheme },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', 'Bearer', 'Bearer ', 'Basic Og==', 'Bearer \u00ff', 'Negotiate', 'Bearer \u00a0x'),
  },
);

function shown<Form>(form: fc.Arbitrary<Form>, isRight: boolean): fc.Arbitrary<Shown<Form>> {
  return form.map((one) => ({ form: one, isRight }));
}

const name = fc.constantFrom('Authorization', 'authorization', 'AUTHORIZATION');
const headerOf = (text: fc.Arbitrary<string>) => fc.tuple(name, text).map(([header, value]) => [`${header}: ${value}`]);

/** Lines of a request: one header, none, or several that are none together. */
export const shownInRequest: fc.Arbitrary<Shown<readonly string[]>> = fc.oneof(
  { weight: 6, arbitrary: shown(headerOf(rightText), true) },
  { weight: 3, arbitrary: shown(headerOf(wrongText), false) },
  { weight: 1, arbitrary: shown(fc.constant([]), false) },
  {
    weight: 1,
    arbitrary: shown(
      fc.tuple(headerOf(rightText), headerOf(fc.oneof(rightText, wrongText))).map((lines) => lines.flat()),
      false,
    ),
  },
  {
    weight: 1,
    arbitrary: shown(
      rightText.map((text) => [`X-Authorization: ${text}`, `Cookie: Authorization=${text}`]),
      false,
    ),
  },
);

const member = (value: unknown, key = 'Authorization') => ({ [key]: value });
const oddPayload = fc.oneof(
  fc.constantFrom<unknown>(null, [], {}, 'Bearer x', 7, true, [[]]),
  wrongText.map((text) => member(text)),
  wrong.map((credential) => member(`Bearer ${credential}`)),
  // The right one, at a place where nobody may look for it.
  rightText.chain((text) =>
    fc.constantFrom<unknown>(
      ...[member([text]), member({ Authorization: text }), member({ toString: text }), member({ '0': text, length: 1 })],
      ...[member(text, 'Authorization '), member(text, 'token'), member(text, '__proto__'), { headers: member(text) }],
      ...[
        [text],
        text,
        { ...member(text), ...member(text, 'authorization') },
        { ...member(text), ...member(null, 'AUTHORIZATION') },
      ],
      ...[member(`${text}\u0000`), member(`\ufeff${text}`), member(`${text}\r\nX: y`), member(text.replace(/e/i, '\uff45'))],
    ),
  ),
  fc.constantFrom(7, 9_000, 50_000).map((length) => member(`Bearer ${'\u{1f995}'.repeat(length)}`)),
);

function init(payload: unknown): string {
  return JSON.stringify({ type: 'connection_init', payload });
}

/** The first message of a WebSocket. */
export const shownInSocket: fc.Arbitrary<Shown<string>> = fc.oneof(
  {
    weight: 8,
    arbitrary: shown(
      fc.tuple(name, rightText).map(([key, text]) => init(member(text, key))),
      true,
    ),
  },
  { weight: 3, arbitrary: shown(oddPayload.map(init), false) },
  { weight: 1, arbitrary: shown(fc.constant('{"type":"connection_init"}'), false) },
);
