import fc from 'fast-check';
import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';

/** JSON that is hard to swallow, as it is written: parsed first, some of it would be something else. */
const hard = [
  ...'1e999 -1e999 -0 0.0 1e-400 12345678901234567890 0.1 2147483648 9007199254740993 1E+2 null true false "" [] {}'.split(' '),
  ...['"\\ud800"', '"\\u0000"', '"\\udc00\\ud800"', '"\u2028"', '"é\u{1f995}"', '"__proto__"', '" "', '[[[]]]', '[null]'],
  ...['{"__proto__":{"id":"x"}}', '{"constructor":{"prototype":{"x":1}}}', '{"a":1,"a":2}', '{"toJSON":1}', '{"then":1}'],
  ...['{"toString":null,"valueOf":null}', '{"length":1e9}', '{"":""}', '{"hasOwnProperty":1}', '[{"id":1},{"id":1}]'],
];
/** What only looks like JSON. */
const wrong = [
  'NaN',
  'Infinity',
  "'x'",
  '01',
  '.5',
  '+1',
  '[1,]',
  '{"a":1,}',
  '{a:1}',
  '{"a"}',
  '"\u0000"',
  '"\\x"',
  '/**/1',
  '\ufeff1',
  '',
];

const levels = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(1_000, 10_000, 100_000) },
);

const deep = fc.oneof(
  levels.map((count) => '['.repeat(count) + ']'.repeat(count)),
  levels.map((count) => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`),
  levels.map((count) => `${'{"__proto__":'.repeat(count)}1${'}'.repeat(count)}`),
);

const wide = fc.oneof(
  levels.map((count) => `[${Array.from({ length: count }, (_, index) => index).join()}]`),
  levels.map((count) => `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join()}}`),
  levels.map((count) => `"${'x'.repeat(count)}"`),
  levels.map((count) => '9'.repeat(count + 1)),
);

/** A value as JSON text, of which some is none. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...hard) },
  { weight: 6, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 3, arbitrary: deep },
  { weight: 2, arbitrary: wide },
  { weight: 1, arbitrary: fc.constantFrom(...wrong) },
);

/** An object as JSON text, with names that come twice, and names that are no others' business. */
export function objectText(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
}

export interface TypedTextOptions {
  readonly type: GraphQLInputType;
  readonly scalars: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  readonly generate: fc.GeneratorValue;
}

/** A value of an input type as JSON text: mostly right, and hard to swallow somewhere in it. */
export function typedText(options: TypedTextOptions): string {
  const { type, scalars, generate } = options;
  const chance = (percent: number): boolean => generate(fc.nat, { max: 99 }) < percent;
  const of = (inner: GraphQLInputType): string => typedText({ ...options, type: inner });
  if (chance(6)) return generate(() => jsonText);
  if (isNonNullType(type)) return of(type.ofType);
  if (chance(5)) return 'null';
  if (isListType(type)) return `[${Array.from({ length: generate(fc.nat, { max: 3 }) }, () => of(type.ofType)).join()}]`;
  if (isEnumType(type)) return JSON.stringify(type.getValues()[generate(fc.nat, { max: type.getValues().length - 1 })]?.name);
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(({ type: field }) => isNonNullType(field) || chance(25));
    const entries = fields.map(({ name, type: field }): [string, string] => [name, of(field)]);
    const [first] = entries;
    const again = first !== undefined && chance(5) ? [first] : [];
    const foreign: [string, string][] = chance(4) ? [['__proto__', '{"id":"x"}']] : [];
    return objectText([...entries, ...again, ...foreign]);
  }
  const arbitrary = scalars[type.name];
  return arbitrary === undefined ? generate(() => jsonText) : JSON.stringify(generate(() => arbitrary));
}
