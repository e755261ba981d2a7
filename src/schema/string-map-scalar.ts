import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import type { StringMap } from '../store/entities/entity.ts';
import { builder } from './builder.ts';
import { refusedValue } from './scalar-error.ts';
import { refuseLiteral } from './text-scalar.ts';

const mapAllowed = 'an object whose values are all strings, such as { rack: "r1" }';
const patchAllowed = 'an object whose values are strings, or null to remove a key, such as { rack: "r1", note: null }';

type Variables = Readonly<Record<string, unknown>> | null | undefined;

const stringMap = new GraphQLScalarType<StringMap, unknown>({
  name: 'StringMap',
  description: 'A JSON object whose values are all strings, such as { "name": "web1", "rack": "r1" }.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-4',
  parseValue: (value) => mapOf(value, isText, mapAllowed),
  parseLiteral: (node, variables) => mapOf(valueOfLiteral(node, variables, mapAllowed), isText, mapAllowed, node),
});

const stringMapPatch = new GraphQLScalarType<Readonly<Record<string, string | null>>, unknown>({
  name: 'StringMapPatch',
  description:
    'Changes to a StringMap: a JSON object whose values are strings, or null to remove the key. Keys that it does not name stay as they are. Example: { "rack": "r2", "note": null }.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc7396',
  parseValue: (value) => mapOf(value, isTextOrNull, patchAllowed),
  parseLiteral: (node, variables) => mapOf(valueOfLiteral(node, variables, patchAllowed), isTextOrNull, patchAllowed, node),
});

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

/** fromEntries makes own keys of all names: `__proto__` is one like any other. */
function mapOf<V>(
  value: unknown,
  isAllowed: (value: unknown) => value is V,
  allowed: string,
  node?: ValueNode,
): Readonly<Record<string, V>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusedValue(value, allowed, node);
  const entries: [string, V][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (!isAllowed(entry)) throw refusedValue({ [key]: entry }, allowed, node);
    entries.push([key, entry]);
  }
  return Object.fromEntries(entries);
}

/**
 * What a literal says as JSON would. Variables may stand inside of it. Validation asks without their values: any of them passes
 * there, and its value is looked at when the operation runs. One that was not given leaves its key out.
 */
function valueOfLiteral(map: ValueNode, variables: Variables, allowed: string): unknown {
  function entryOf(key: string, value: ValueNode): [string, unknown][] {
    switch (value.kind) {
      case Kind.STRING:
        return [[key, value.value]];
      case Kind.NULL:
        return [[key, null]];
      case Kind.VARIABLE: {
        const given = variables?.[value.name.value];
        return given === undefined ? [] : [[key, given]];
      }
      default:
        return refuseLiteral(map, allowed);
    }
  }
  if (map.kind !== Kind.OBJECT) return refuseLiteral(map, allowed);
  return Object.fromEntries(map.fields.flatMap(({ name, value }) => entryOf(name.value, value)));
}

builder.addScalarType('StringMap', stringMap);
builder.addScalarType('StringMapPatch', stringMapPatch);
