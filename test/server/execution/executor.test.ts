import { type DocumentNode, execute, type GraphQLSchema, parse } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { describe, expect, it } from 'vitest';
import { type Execute, openExecutor } from '../../../src/server/execution/index.ts';
import { planOf } from '../../../src/server/execution/plan.ts';

interface Calls {
  /** How often `self` was resolved. */
  self: number;
  /** How often the argument of `echo` was taken apart. */
  parsed: number;
}

function open(): {
  readonly schema: GraphQLSchema;
  readonly calls: Calls;
  readonly run: (text: string, variables?: object) => Promise<unknown>;
} {
  const calls: Calls = { self: 0, parsed: 0 };
  const schema = createSchema({
    typeDefs: /* GraphQL */ `
      type Query {
        self: Query!
        others: [Query!]!
        echo(text: String = "nothing"): String
        fail: Int
        path: String
        variable: String
        now: String
        later: String
      }
    `,
    resolvers: {
      Query: {
        self: () => {
          calls.self++;
          return {};
        },
        others: () => [{}, Promise.resolve({}), {}],
        echo: (_root, { text }: { text: string }) => text,
        fail: () => Promise.reject(new Error('it failed')),
        path: (_root, _args, _context, { path }) => String(path.key),
        variable: (_root, _args, _context, { variableValues }) => String(variableValues.text),
        later: () => new Promise((resolve) => setImmediate(() => resolve('later'))),
      },
    },
  });
  const executor = openExecutor({ schema });
  const documents = new Map<string, DocumentNode>();
  async function run(text: string, variables = {}): Promise<unknown> {
    const document = documents.get(text) ?? parse(text);
    documents.set(text, document);
    const result = await executor({ schema, document, rootValue: { now: 'now' }, variableValues: { ...variables } });
    return result === null ? null : JSON.parse(JSON.stringify(result));
  }
  return { schema, calls, run };
}

/** By a plan an error is null; by graphql-js it is an answer. */
const byGraphql = { data: { fail: null }, errors: [{ message: 'it failed' }] };

describe('An executor', () => {
  it('executes an operation by a plan from its second time on', async () => {
    const { run } = open();
    expect(await run('{ fail }')).toMatchObject(byGraphql);
    expect(await run('{ fail }')).toBeNull();
  });

  it('leaves an operation whose answer has errors to graphql-js for its next hundred times', async () => {
    const { run } = open();
    await run('{ fail }');
    expect(await run('{ fail }')).toBeNull();
    for (let time = 0; time < 100; time++) expect(await run('{ fail }')).toMatchObject(byGraphql);
    expect(await run('{ fail }')).toBeNull();
  });

  it('answers in the order of the document, whatever comes first', async () => {
    const { run } = open();
    const text = '{ later now others { later now } echo }';
    const expected = await run(text);
    expect(JSON.stringify(await run(text))).toBe(JSON.stringify(expected));
  });

  it('makes a plan for each combination of what @skip and @include depend on', async () => {
    const { run } = open();
    const text =
      'query ($a: Boolean!, $b: Boolean = true) { now @skip(if: $a) ...F @include(if: $b) ...F } fragment F on Query { echo @skip(if: $a) }';
    for (const a of [true, false]) {
      for (const variables of [{ a }, { a, b: false }, { a, b: true }]) {
        const expected = a ? { data: {} } : { data: { now: 'now', echo: 'nothing' } };
        for (const _time of [1, 2, 3]) expect(await run(text, variables)).toEqual(expected);
      }
    }
  });

  it('gives resolvers their arguments from variables anew each time, and all else that they are told but the path', async () => {
    const { run } = open();
    const text = 'query ($text: String) { echo(text: $text) variable }';
    for (const word of ['one', 'two', 'three']) {
      expect(await run(text, { text: word })).toEqual({ data: { echo: word, variable: word } });
    }
    expect(await run(text)).toMatchObject({ data: { echo: 'nothing' } });
    await run('{ path }');
    expect(await run('{ path }')).toBeNull();
  });

  it('never takes the text of a client for code', async () => {
    const { run } = open();
    const text = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dglobalThis.wasRun = true';
    for (const _time of [1, 2, 3]) expect(await run(`{ echo(text: "${text}") }`)).toEqual({ data: { echo: text } });
    expect(Reflect.has(globalThis, 'wasRun')).toBe(false);
  });
});

describe('A plan', () => {
  const planned = (schema: GraphQLSchema, text: string): boolean => {
    const document = parse(text);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('The operation comes first');
    return planOf({ schema, document, operation, variableValues: {} }) !== null;
  };
  const nested = (depth: number): string => `{ ${'self { '.repeat(depth)} now ${'} '.repeat(depth)} }`;

  it.each([
    ['it is a mutation', 'mutation { x }'],
    ['it asks for the schema', '{ __schema { queryType { name } } }'],
    ['an answer would have the name of the prototype', '{ __proto__: now }'],
    ['it is too deep', nested(60)],
    [
      'fragments make too many fields of it',
      `{ ...F0 } ${Array.from({ length: 12 }, (_, index) => `fragment F${index} on Query { a: self { ...F${index + 1} } b: self { ...F${index + 1} } }`).join(' ')} fragment F12 on Query { now }`,
    ],
    ['a directive has no value', 'query ($a: Boolean!) { now @skip(if: $a) }'],
  ])('is not made where %s', (_what, text) => {
    expect(planned(open().schema, text)).toBe(false);
  });

  it('is made for all else', () => {
    expect(planned(open().schema, nested(40))).toBe(true);
    expect(planned(open().schema, '{ __typename a: self { ... on Query { now } } }')).toBe(true);
  });

  it('gives the answer of graphql-js whatever the root is', async () => {
    const { schema } = open();
    const document = parse('{ now echo }');
    const executeBy: readonly Execute[] = [execute, openExecutor({ schema })];
    for (const rootValue of [undefined, null, { now: 'x' }, { now: () => 'called' }, 'text', Object.create(null)]) {
      const [expected, ...others] = await Promise.all(
        [...executeBy, ...executeBy].map(async (by) => JSON.stringify(await by({ schema, document, rootValue }))),
      );
      expect(others).toEqual(others.map(() => expected));
    }
  });
});
