import fc from 'fast-check';
import { type GraphQLField, type GraphQLInputType, getNamedType, isLeafType } from 'graphql';
import { schema } from '../gateway-schema.ts';
import { hostileScalars } from './document.ts';
import { jsonText, objectText, typedText } from './json-text.ts';

interface AskedField {
  readonly text: string;
  readonly variables: readonly { readonly name: string; readonly type: GraphQLInputType }[];
}

/** Each field of Query and Mutation that has arguments, asked with a variable for each of them. */
const askedFields: readonly AskedField[] = [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => askedField('query', field)),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => askedField('mutation', field)),
].filter(({ variables }) => variables.length > 0);

function askedField(operation: string, { name, type, args }: GraphQLField<unknown, unknown>): AskedField {
  const variables = args.map((argument, index) => ({ name: `v${index}`, type: argument.type }));
  const declared = variables.map((variable) => `$${variable.name}: ${variable.type}`).join(' ');
  const given = args.map((argument, index) => `${argument.name}: $v${index}`).join(' ');
  const selection = isLeafType(getNamedType(type)) ? '' : '{ __typename }';
  return { text: `${operation} N(${declared}) { f: ${name}(${given}) ${selection} }`, variables };
}

const foreignNames = ['__proto__', 'constructor', 'toString', 'v0', '', '$v0', 'x'];

const variablesText = fc.tuple(fc.nat({ max: askedFields.length - 1 }), fc.gen()).map(([index, generate]) => {
  const { text = '{ revision }', variables = [] } = askedFields[index] ?? {};
  const chance = (percent: number): boolean => generate(fc.nat, { max: 99 }) < percent;
  const entries = variables
    .filter(({ type }) => String(type).endsWith('!') || chance(40))
    .map(({ name, type }): [string, string] => [name, typedText({ type, scalars: hostileScalars, generate })]);
  const foreign: [string, string][] = chance(15)
    ? [[generate(() => fc.constantFrom(...foreignNames)), generate(() => jsonText)]]
    : [];
  return { query: text, variables: objectText([...entries, ...foreign]) };
});

const member = fc.tuple(
  fc.constantFrom('query', 'operationName', 'extensions', 'variables', '__proto__', 'id', ''),
  fc.oneof(jsonText, fc.constantFrom('"N"', '"{ revision }"', '{"persistedQuery":{"version":1,"sha256Hash":"x"}}')),
);

/** A body of a POST: an operation with variables that are hard to swallow, now and then with members that are. */
export const hostileBody: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: variablesText.map(({ query, variables }) =>
      objectText([
        ['query', JSON.stringify(query)],
        ['variables', variables],
      ]),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(variablesText, fc.array(member, { minLength: 1, maxLength: 3 }))
      .map(([{ query, variables }, members]) =>
        objectText([['query', JSON.stringify(query)], ['variables', variables], ...members]),
      ),
  },
  // No variable is declared: whatever is given is nobody's.
  { weight: 2, arbitrary: jsonText.map((variables) => `{"query":"{ revision }","variables":{"x":${variables}}}`) },
  { weight: 1, arbitrary: jsonText },
);
