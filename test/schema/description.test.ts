import {
  type GraphQLArgument,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../support/gateway-schema.ts';

interface Described {
  readonly path: string;
  readonly description: string | null | undefined;
}

/** Everything in the schema that a user can look up. */
function* elements(): Generator<Described> {
  for (const type of Object.values(schema.getTypeMap())) yield* elementsOf(type);
  for (const directive of schema.getDirectives()) {
    yield { path: `@${directive.name}`, description: directive.description };
    yield* argumentsOf(`@${directive.name}`, directive.args);
  }
}

function* elementsOf(type: GraphQLNamedType): Generator<Described> {
  yield { path: type.name, description: type.description };
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      const path = `${type.name}.${field.name}`;
      yield { path, description: field.description };
      yield* argumentsOf(path, field.args);
    }
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      yield { path: `${type.name}.${field.name}`, description: field.description };
  }
  if (isEnumType(type)) {
    for (const value of type.getValues()) yield { path: `${type.name}.${value.name}`, description: value.description };
  }
}

function* argumentsOf(path: string, args: readonly GraphQLArgument[]): Generator<Described> {
  for (const { name, description } of args) yield { path: `${path}(${name}:)`, description };
}

/** `__schema` and its like are described by graphql itself, all but one enum's values. */
const own = [...elements()].filter(({ path }) => !path.startsWith('__'));

describe('the descriptions of the schema', () => {
  it('are there for every type, field, argument, input field, enum value, directive and scalar', () => {
    expect(own.length).toBeGreaterThan(400);
    expect(
      own.filter(({ description }) => description === null || description === undefined || description.trim() === ''),
    ).toEqual([]);
  });

  it('are sentences: they begin with a capital or a name in code, and end with a full stop', () => {
    const written = own.filter(
      ({ path }) => !/^(ID|String|Int|Float|Boolean|@include|@skip|@deprecated|@specifiedBy|@oneOf)\b/.test(path),
    );
    expect(written.filter(({ description }) => !/^([A-Z`1]|true:)[\s\S]*\.$/.test(description ?? ''))).toEqual([]);
  });

  it('say more than the name does', () => {
    const words = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
    const hollow = own.filter(({ path, description }) => words(description ?? '') === words(path.split('.').at(-1) ?? ''));
    expect(hollow.map(({ path }) => path)).toEqual([]);
  });

  it('say of each field that can be null when it is', () => {
    const silent: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      // A mutation's field is null when it failed: the type says that once for all of them.
      if (!isObjectType(type) || type.name.startsWith('__') || type.name === 'Mutation') continue;
      for (const field of Object.values(type.getFields())) {
        const isNullable = !field.type.toString().endsWith('!');
        if (isNullable && !/\bnull\b/i.test(field.description ?? '')) silent.push(`${type.name}.${field.name}`);
      }
    }
    expect(silent).toEqual([]);
  });
});
