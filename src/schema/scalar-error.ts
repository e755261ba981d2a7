import { GraphQLError, type ValueNode } from 'graphql';
import { quote } from '../resolvers/quote.ts';

/** `node` is where in the document the value stands, when it does not come from a variable. */
export function refusedValue(value: unknown, allowed: string, node?: ValueNode): GraphQLError {
  const message = `${quote(value)} is not allowed here: it must be ${allowed}`;
  return new GraphQLError(message, { nodes: node ?? null, extensions: { code: 'BAD_USER_INPUT' } });
}
