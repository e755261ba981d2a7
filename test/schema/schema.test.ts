import { readFileSync } from 'node:fs';
import {
  buildSchema as buildFromText,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  validateSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { printedSchema } from '../../src/schema/index.ts';
import { schema } from '../support/gateway-schema.ts';

const contract = buildFromText(contractText());

/** The contract, with the connections that it describes in words. */
function contractText(): string {
  const text = readFileSync(new URL('../fixtures/contract.graphql', import.meta.url), 'utf8');
  const names = new Set([...text.matchAll(/\b(\w+)Connection\b/g)].map(([, name]) => name).filter((name) => name !== 'X'));
  const connections = [...names].map(
    (name) => `
      type ${name}Connection { edges: [${name}Edge!]! nodes: [${name}!]! pageInfo: PageInfo! totalCount: Int! }
      type ${name}Edge { cursor: String! node: ${name}! }`,
  );
  return text + connections.join('\n');
}

/** All that an operation can lead to. */
function promisedTypes(): readonly GraphQLNamedType[] {
  const reached = new GraphQLSchema({
    query: contract.getQueryType(),
    mutation: contract.getMutationType(),
    subscription: contract.getSubscriptionType(),
  }).getTypeMap();
  return Object.values(reached).filter(({ name }) => !name.startsWith('__'));
}

/** One line for each promise: a type's kind, a field with its arguments and types, an enum's value. */
function promisesOf(type: GraphQLNamedType): string[] {
  const kind = `${type.constructor.name} ${type.name}`;
  if (isEnumType(type)) return [kind, ...type.getValues().map(({ name }) => `${type.name}.${name}`)];
  if (isInputObjectType(type))
    return [kind, ...Object.values(type.getFields()).map((field) => `${type.name}.${promiseOfInput(field)}`)];
  if (!isObjectType(type) && !isInterfaceType(type)) return [kind];
  return [
    kind,
    ...type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`),
    ...Object.values(type.getFields()).map((field) => `${type.name}.${promiseOfField(field)}`),
  ];
}

function promiseOfField({ name, args, type }: GraphQLField<unknown, unknown>): string {
  return `${name}(${args.map(promiseOfInput).join(', ')}): ${type}`;
}

function promiseOfInput({ name, type, defaultValue }: Pick<GraphQLInputField, 'name' | 'type' | 'defaultValue'>): string {
  return `${name}: ${type}${defaultValue === undefined ? '' : ` = ${JSON.stringify(defaultValue)}`}`;
}

describe('the schema', () => {
  it('is valid GraphQL', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('is what schema.graphql says: `lochness-gateway schema > schema.graphql` writes it anew', () => {
    const committed = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
    expect(printedSchema()).toBe(committed);
  });

  it('has each type, field, argument, default and enum value that an operation of the contract leads to, exactly', () => {
    const types = promisedTypes();
    expect(types.length).toBeGreaterThan(120);
    for (const type of types) {
      const ours = schema.getType(type.name);
      expect(ours, type.name).toBeDefined();
      if (ours !== undefined) expect(promisesOf(ours)).toEqual(expect.arrayContaining(promisesOf(type)));
    }
  });

  it.each(['DateTime', 'IPAddress', 'CIDR', 'MACAddress', 'BigInt', 'StringMap', 'StringMapPatch', 'Revision', 'EventCursor'])(
    'has the scalar %s of the contract',
    (name) => {
      expect(schema.getType(name)?.constructor.name).toBe('GraphQLScalarType');
      expect(contract.getType(name)?.constructor.name).toBe('GraphQLScalarType');
    },
  );

  it('has the directive @at of the contract', () => {
    const promise = (of: GraphQLSchema) => {
      const directive = of.getDirective('at');
      return {
        args: directive?.args.map(promiseOfInput),
        locations: directive?.locations,
        isRepeatable: directive?.isRepeatable,
      };
    };
    expect(promise(schema)).toEqual({ args: ['revision: Revision!'], locations: ['QUERY'], isRepeatable: false });
    expect(promise(schema)).toEqual(promise(contract));
  });

  it('leaves no type out that implements Node', () => {
    const node = schema.getType('Node');
    const names = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
    expect(names.toSorted()).toEqual([
      'ConfigEntry',
      'FirewallGroup',
      'Flavor',
      'Guest',
      'Hypervisor',
      'Job',
      'Network',
      'Subnet',
      'VLAN',
      'VLANGroup',
    ]);
  });
});
