import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';
import { builder } from './builder.ts';
import { refusedValue } from './scalar-error.ts';
import { refuseLiteral } from './text-scalar.ts';

const allowed = 'a time as RFC 3339 writes it, such as "2026-11-22T23:00:13Z" or "2026-11-22T23:00:13.5+01:00"';

/** The library reads input. Answers are the text that was read from the store: as its Date they would lose their nanoseconds. */
const dateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'A moment in time as RFC 3339 writes it. Answers are in UTC with up to nine digits of a second, such as "2026-11-22T23:00:13.313920112Z"; input may have any offset.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: String,
  parseValue: (value) => parse(value),
  parseLiteral: (node) => (node.kind === Kind.STRING ? parse(node.value, node) : refuseLiteral(node, allowed)),
});

function parse(value: unknown, node?: ValueNode): Date {
  try {
    return GraphQLDateTime.parseValue(value);
  } catch {
    throw refusedValue(value, allowed, node);
  }
}

builder.addScalarType('DateTime', dateTime);
