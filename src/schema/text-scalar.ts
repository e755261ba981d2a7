import { GraphQLScalarType, Kind, print, type ValueNode } from 'graphql';
import { refusedValue } from './scalar-error.ts';

export interface TextScalarOptions {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  /** What a value must be, as a message says it. */
  readonly allowed: string;
  /** The canonical spelling of a text; null when it is no such thing. */
  readonly canonical: (text: string) => string | null;
}

/** A scalar that is a text in JSON, with one canonical spelling that stored records are in already. */
export function textScalar({ allowed, canonical, ...options }: TextScalarOptions): GraphQLScalarType<string, string> {
  function parse(value: unknown, node?: ValueNode): string {
    const text = typeof value === 'string' ? canonical(value) : null;
    if (text === null) throw refusedValue(value, allowed, node);
    return text;
  }
  return new GraphQLScalarType<string, string>({
    ...options,
    serialize: String,
    parseValue: (value) => parse(value),
    parseLiteral: (node) => (node.kind === Kind.STRING ? parse(node.value, node) : refuseLiteral(node, allowed)),
  });
}

export function refuseLiteral(node: ValueNode, allowed: string): never {
  throw refusedValue(print(node), allowed, node);
}
