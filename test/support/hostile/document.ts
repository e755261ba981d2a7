import fc from 'fast-check';
import { parse, print } from 'graphql';
import { operationArbitrary, type RandomOperation } from '../document-arbitrary.ts';
import { dress } from '../dressed-document.ts';
import { schema } from '../gateway-schema.ts';
import { oddScalars } from '../odd-cluster.ts';
import { absurdDocument } from './absurd-document.ts';

export const hostileScalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...oddScalars,
  EventCursor: fc.constantFrom('1000', '1003.0', '999999', '0', 'x'),
  Revision: fc.constantFrom('1', '1002', '999999'),
  StringMapPatch: fc.dictionary(fc.constantFrom('rack', '__proto__'), fc.option(fc.string()), { maxKeys: 2 }),
  CIDR: fc.constantFrom<unknown>('10.0.0.0/24', '10.0.0.1/24', '2001:db8::/64', '0.0.0.0/0', 'x', 1),
  BigInt: fc.constantFrom<unknown>('1', 1, '-1', '9'.repeat(30), 1.5),
  DateTime: fc.constantFrom('2026-01-01T00:00:00Z', 'x'),
};

const valid = fc.oneof(
  { weight: 6, arbitrary: operationArbitrary({ schema, scalars: hostileScalars }) },
  { weight: 3, arbitrary: operationArbitrary({ schema, scalars: hostileScalars, operation: 'mutation' }) },
  { weight: 1, arbitrary: operationArbitrary({ schema, scalars: hostileScalars, operation: 'subscription' }) },
);

const dressed = fc
  .tuple(operationArbitrary({ schema, scalars: hostileScalars }), fc.gen())
  .map(([operation, generate]): RandomOperation => {
    try {
      const { document, variables } = dress({ schema, ...operation, document: parse(operation.document), generate });
      return { document: print(document), variables };
    } catch {
      // It does not parse.
      return operation;
    }
  });

const words = [
  ...'{ } ( ) : $ @ ... [ ] ! """ " # | & = , query mutation subscription fragment on extend type schema directive'.split(' '),
  ...'guests guest hypervisors node nodes cluster job jobs id first last after before filter edges totalCount'.split(' '),
  ...'Query Mutation Guest Hypervisor Node ID ID! [ID!]! Int Revision revision at skip include if a b $a $b F'.split(' '),
  ...'__typename __schema __type types fields name true false null 0 -1 1.5e9 01 1. .5 0x1 "" "a" "\\u{110000}" "\\ud800"'.split(
    ' ',
  ),
  ...['\u0000', '\ufeff', '\u2028', '\r', '\n', '\t', '\u200b', 'é', '\u{1f995}', '\ud800', '\\', "'", '`', '?', ';'],
];
const word = fc.constantFrom(...words);

const soup = fc.oneof(
  { weight: 3, arbitrary: fc.array(word, { maxLength: 60, size: 'max' }).map((all) => all.join(' ')) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 20, size: 'max' }).map((all) => `{ guests ${all.join(' ')} }`) },
  {
    weight: 1,
    arbitrary: fc.array(fc.nat({ max: 0x10ffff }), { maxLength: 100 }).map((points) => String.fromCodePoint(...points)),
  },
);

interface Edit {
  readonly at: number;
  readonly how: 'LEAVE_OUT' | 'DOUBLE' | 'REPLACE' | 'INSERT' | 'CUT' | 'MOVE';
  readonly word: string;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 100_000 }),
  how: fc.constantFrom('LEAVE_OUT', 'DOUBLE', 'REPLACE', 'INSERT', 'CUT', 'MOVE'),
  word,
});

/** Tokens, near enough, and single characters where nothing else fits. */
const token = /[A-Za-z_]\w*|"(?:[^"\\]|\\.)*"|\.\.\.|\s+|./gs;

function edited(text: string, edits: readonly Edit[]): string {
  const tokens: string[] = text.match(token) ?? [];
  for (const { at, how, word } of edits) {
    const place = tokens.length === 0 ? 0 : at % tokens.length;
    const here = tokens.slice(place, place + 1);
    if (how === 'LEAVE_OUT') tokens.splice(place, 1);
    else if (how === 'DOUBLE') tokens.splice(place, 0, ...here);
    else if (how === 'REPLACE') tokens.splice(place, 1, word);
    else if (how === 'INSERT') tokens.splice(place, 0, word);
    else if (how === 'CUT') tokens.splice(place);
    else tokens.push(...tokens.splice(place, 1));
  }
  return tokens.join('');
}

export const edits = fc.array(edit, { minLength: 1, maxLength: 4, size: 'max' });
const lists = fc.array(edits, { minLength: 5, maxLength: 5 });

/** One that is right, and others that were made of it. */
const family = fc
  .tuple(fc.oneof(valid, dressed), lists)
  .map(([{ document, variables }, changes]): readonly RandomOperation[] => [
    { document, variables },
    ...changes.map((some) => ({ document: edited(document, some), variables })),
  ]);

const strangers = fc
  .array(fc.oneof(soup, absurdDocument), { minLength: 4, maxLength: 4 })
  .map((documents): readonly RandomOperation[] => documents.map((document) => ({ document, variables: {} })));

/** Documents with their variables: right ones, such as were right once, and such as never were. */
export const hostileOperations: fc.Arbitrary<readonly RandomOperation[]> = fc.oneof(
  { weight: 3, arbitrary: family },
  { weight: 2, arbitrary: strangers },
);
