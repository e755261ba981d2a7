import { readdirSync, readFileSync } from 'node:fs';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Documents } from '../../../src/server/documents.ts';
import { defaultLimits, OperationCosts } from '../../../src/server/limits/index.ts';
import { sampleOperations } from '../../../src/server/sample-operations.ts';
import { sampleSubscriptions } from '../../../src/server/sample-subscriptions.ts';
import { schema } from '../../support/gateway-schema.ts';

interface Operation {
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const root = new URL('../../../', import.meta.url);
const documents = new Documents(schema, defaultLimits);
const costs = new OperationCosts({ schema, limit: defaultLimits.cost });

function inReadme(): readonly Operation[] {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const written = [...readme.matchAll(/```graphql\n(.*?)```/gs)].map(([, query = '']) => query);
  const called = [...readme.matchAll(/ -d '([^']*"query"[^']*)'/g)].map(([, body = '']) => JSON.parse(body).query);
  return [...written, ...called].map((query, index) => ({ name: `README ${index}`, query }));
}

/** All that is no template with parts of other texts in it; those of the loads are below, as they are put together. */
function inPrograms(place: 'bench' | 'examples'): readonly Operation[] {
  const folder = new URL(`${place}/`, root);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const texts = files.flatMap((name) => {
    const source = readFileSync(new URL(name, folder), 'utf8');
    return [...source.matchAll(/(['`])\s*((?:\{|query|mutation|subscription)[^'`$]*(?:\$(?!\{)[^'`$]*)*)\1/g)].map(
      ([, , query = '']) => query,
    );
  });
  return texts.filter(isDocument).map((query, index) => ({ name: `${place} ${index}`, query }));
}

function isDocument(text: string): boolean {
  try {
    return parse(text).definitions.length > 0;
  } catch {
    return false;
  }
}

const guestFields = `id name type state ip mac
    hypervisor { id name ip totalResources { memory disk cpu } }
    flavor { id name resources { memory disk cpu } }
    subnet { id name cidr gateway }`;

const named: readonly Operation[] = [
  { name: 'introspection', query: getIntrospectionQuery() },
  {
    name: 'introspection of GraphiQL',
    query: getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true, oneOf: true }),
  },
  {
    name: 'the longest page of the dashboard',
    query: `query ($first: Int) { guests(first: $first) { totalCount nodes { ${guestFields} } pageInfo { hasNextPage endCursor } } }`,
    variables: { first: 1000 },
  },
  {
    name: 'a walk through a graph of 1,000 guests',
    query: `{ networks(first: 1) { nodes { subnets(first: 1) { nodes { guests(first: 1000) { nodes { ${guestFields} } } } } } } }`,
  },
  { name: 'the graph of all', query: `{ networks { nodes { name subnets { nodes { cidr guests { nodes { id name } } } } } } }` },
  {
    name: 'a hundred mutations',
    query: `mutation { ${Array.from({ length: 100 }, (_, index) => `a${index}: guestAction(guestId: "${index}", action: START) { guest { id state } job { id status } }`).join(' ')} }`,
  },
  ...[...sampleOperations, ...sampleSubscriptions].map((sample, index) => ({ name: `sample ${index}`, ...sample })),
  ...inReadme(),
  ...inPrograms('bench'),
  ...inPrograms('examples'),
];

describe('By default, the limits let pass', () => {
  it('something from everywhere', () => {
    for (const place of ['sample', 'README', 'bench']) {
      expect(named.filter(({ name }) => name.startsWith(place)).length, place).toBeGreaterThan(4);
    }
    const subscriptions = named
      .filter(({ query }) => /^\s*(#.*\n)*subscription/.test(query))
      .map(({ name }) => name.split(' ')[0]);
    expect(new Set(subscriptions)).toEqual(new Set(['sample', 'README', 'bench', 'examples']));
  });

  it.each(named.map((operation) => [operation.name, operation] as const))('%s', (_name, { query, variables = {} }) => {
    const document = documents.parse(query);
    expect(documents.errorsOf(document)).toEqual([]);
    for (const definition of document.definitions) {
      if (definition.kind !== 'OperationDefinition') continue;
      const cost = costs.of({ schema, document, operationName: definition.name?.value ?? null, variableValues: variables });
      expect(cost).toBeGreaterThan(0);
      const isSubscription = definition.operation === 'subscription';
      expect(isSubscription ? costs.refusalOfEvents(cost) : costs.refusalOf(cost)).toBeNull();
      // With room for many more fields.
      if (isSubscription) expect(cost).toBeLessThan(costs.eventLimit / 10);
    }
  });
});
