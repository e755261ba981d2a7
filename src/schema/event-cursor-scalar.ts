import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { type EventCursor, parseEventCursor, printEventCursor } from '../store/values/event-cursor.ts';
import { builder } from './builder.ts';
import { refusedValue } from './scalar-error.ts';
import { refuseLiteral } from './text-scalar.ts';

const allowed = 'where a stream stands: the cursor of an event, such as "4711.0", or a revision, such as "4711"';

const eventCursor = new GraphQLScalarType<EventCursor, string>({
  name: 'EventCursor',
  description:
    'Where a stream of events stands, for going on behind it: the cursor of an event, "<revision>.<index in its commit>", such as "4711.0", or any revision, which stands behind all that its commit did. Opaque otherwise.',
  serialize: (value) => printEventCursor(value as EventCursor), // What a resolver returned: its type says so.
  parseValue: (value) => parse(value),
  parseLiteral: (node) =>
    // Without quotes one with an index is a number with a fraction; a node has its text as it was written.
    node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
      ? parse(node.value, node)
      : refuseLiteral(node, allowed),
});

function parse(value: unknown, node?: ValueNode): EventCursor {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  const cursor = typeof text === 'string' ? parseEventCursor(text) : null;
  if (cursor === null) throw refusedValue(value, allowed, node);
  return cursor;
}

builder.addScalarType('EventCursor', eventCursor);
