import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import type { Revision } from '../store/store.ts';
import { builder } from './builder.ts';
import { refusedValue } from './scalar-error.ts';
import { refuseLiteral } from './text-scalar.ts';

/** As many digits as 2^128 has, the number of IPv6 addresses: nothing that the gateway counts is larger. */
const integer = /^-?\d{1,39}$/;

const bigIntAllowed = 'an integer of at most 39 digits: a number, or its digits as a string when it is 2^53 or more';

/**
 * JSON has one kind of number, and most programs read it as a double: above 2^53 they would silently read another number than
 * the one that was sent. So those travel as strings.
 */
const bigInt = new GraphQLScalarType<bigint, number | string>({
  name: 'BigInt',
  description:
    'An integer that may need more than 32 bits. In answers a JSON number while it is safe (below 2^53), else a string of its decimal digits, such as "18446744073709551615". Both are accepted on input.',
  serialize: (value) => (typeof value === 'bigint' ? safeNumberOrDigits(value) : refuse(value, bigIntAllowed)),
  parseValue: (value) => parseBigInt(value),
  parseLiteral: (node) =>
    node.kind === Kind.INT || node.kind === Kind.STRING ? parseBigInt(node.value, node) : refuseLiteral(node, bigIntAllowed),
});

function safeNumberOrDigits(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function parseBigInt(value: unknown, node?: ValueNode): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === 'string' && integer.test(value) ? BigInt(value) : refuse(value, bigIntAllowed, node);
}

const revisionAllowed = 'a store revision: a whole number from 1, such as "4711"';

const revision = new GraphQLScalarType<Revision, string>({
  name: 'Revision',
  description:
    'A revision of the store, which counts its commits: each change of anything has a higher one. Opaque, printed as a decimal string such as "4711"; a number is accepted too.',
  serialize: String,
  parseValue: (value) => parseRevision(value),
  parseLiteral: (node) =>
    node.kind === Kind.INT || node.kind === Kind.STRING ? parseRevision(node.value, node) : refuseLiteral(node, revisionAllowed),
});

function parseRevision(value: unknown, node?: ValueNode): Revision {
  const isDigits = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value);
  const number = isDigits ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : refuse(value, revisionAllowed, node);
}

function refuse(value: unknown, allowed: string, node?: ValueNode): never {
  throw refusedValue(value, allowed, node);
}

builder.addScalarType('BigInt', bigInt);
builder.addScalarType('Revision', revision);
