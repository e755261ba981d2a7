import { GraphQLScalarType, type GraphQLSchema } from 'graphql';
import { createSchema } from 'graphql-yoga';
import type { Context } from '../../src/context.ts';
import { badUserInput, type ErrorCode, GatewayError } from '../../src/errors.ts';
import { keyFromText } from '../../src/store/range.ts';

export interface TransportSchemaOptions {
  /** What `wait` waits for. */
  readonly gate?: (context: Context) => Promise<string>;
  /** What `fail` throws. */
  readonly failure?: (code: ErrorCode) => Error;
}

const revisionScalar = new GraphQLScalarType({
  name: 'Revision',
  serialize: String,
  parseValue: (value) => {
    if (!/^[0-9]+$/.test(String(value))) throw badUserInput('revision', `${String(value)} is no revision`);
    return Number(value);
  },
});

/** A few fields that show how an operation travels; what the gateway's own schema answers is proved elsewhere. */
export function transportSchema({ gate, failure }: TransportSchemaOptions = {}): GraphQLSchema {
  return createSchema<Context>({
    typeDefs: /* GraphQL */ `
      directive @at(revision: Revision!) on QUERY
      scalar Revision
      type Query {
        revision: Revision!
        value(key: String!): String
        wait: String
        fail(code: String!): String
        failWhole: String!
        crash: String
        crashes(count: Int!): [String]!
        notAnInt: Int
        count(of: Int! = 3): Int
        broken(count: Int!): Boolean
        deep: Query
      }
      type Mutation {
        wait: String
        fail(code: String!): String
      }
    `,
    resolvers: {
      Revision: revisionScalar,
      Query: {
        revision: (_root, _arguments, { snapshot }) => snapshot.revision(),
        value: async (_root, { key }: { key: string }, { snapshot }) =>
          (await snapshot.get(keyFromText(key)))?.value.toString() ?? null,
        wait,
        fail,
        failWhole: () => {
          throw new GatewayError('STORE_UNAVAILABLE', 'The store is away');
        },
        crash: () => {
          throw new Error('secret: the password is swordfish');
        },
        crashes: (_root, { count }: { count: number }) => {
          const shared = new Error('one cause');
          return Array.from({ length: count }, () => shared);
        },
        notAnInt: () => 'swordfish',
        count: (_root, { of }: { of: number }) => of,
        broken: (_root, { count }: { count: number }, { loaders }) => {
          for (let index = 0; index < count; index++)
            loaders.broken.add({ key: `lochness/guests/${index}/metadata`, reason: 'no JSON' });
          return true;
        },
        deep: () => ({}),
      },
      Mutation: { wait, fail },
    },
  });

  function wait(_root: unknown, _arguments: unknown, context: Context): Promise<string> | null {
    return gate?.(context) ?? null;
  }

  function fail(_root: unknown, { code }: { code: ErrorCode }): never {
    throw failure?.(code) ?? new GatewayError(code, `It is ${code}`, { details: { field: 'code' } });
  }
}
