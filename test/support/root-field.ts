import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

export interface RootField {
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly name: string;
  /** With the fewest arguments, and as little asked of the answer as can be. */
  readonly document: string;
}

/** Of each scalar a value that it takes. */
const literals: Readonly<Record<string, string>> = {
  ID: '"5058f1c0-086d-429d-9ee5-d2309b95e4b0"',
  String: '"text"',
  Int: '10',
  Float: '0.5',
  Boolean: 'true',
  DateTime: '"2026-11-22T23:00:13Z"',
  IPAddress: '"10.9.8.7"',
  CIDR: '"10.9.8.0/24"',
  MACAddress: '"de:ad:be:ef:7f:01"',
  BigInt: '1',
  StringMap: '{}',
  StringMapPatch: '{}',
  Revision: '"1"',
  EventCursor: '"1"',
};

/** All fields of Query, Mutation and Subscription. */
export function rootFields(schema: GraphQLSchema): readonly RootField[] {
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const operations = ['query', 'mutation', 'subscription'] as const;
  return operations.flatMap((operation) =>
    Object.values(roots[operation]?.getFields() ?? {}).map((field) => ({
      operation,
      name: field.name,
      document: `${operation} { ${asked(field)} }`,
    })),
  );
}

function asked({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((argument) => `${argument.name}: ${literalOf(argument.type)}`);
  const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }';
  return `${name}${given.length === 0 ? '' : `(${given.join(', ')})`}${selection}`;
}

function literalOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(type.ofType);
  if (isListType(type)) return `[${literalOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'NONE';
  if (isInputObjectType(type)) {
    const all = Object.values(type.getFields());
    const fields = type.isOneOf ? all.slice(0, 1) : all.filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literalOf(field.type)}`).join(', ')} }`;
  }
  const literal = literals[type.name];
  if (literal === undefined) throw new Error(`No value of ${type.name} is known`);
  return literal;
}
