import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';

/** One root field of a mutation. */
export interface Mutation {
  readonly context: Context;
  /** Such as `createGuest`. */
  readonly field: string;
  /** The name under which the operation's key lies. */
  readonly name: string;
  /** Whether the client chose it, so that it may come again. */
  readonly isRepeatable: boolean;
  /** Tells this request from another one that comes with the same idempotency key. */
  readonly fingerprint: string;
}

export interface RootField {
  /** `createGuest`. */
  readonly field: string;
  /** Its alias where it has one: one request may hold a field several times. */
  readonly responseName: string;
  readonly args: unknown;
}

export function beginMutation(context: Context, { field, responseName, args }: RootField): Mutation {
  const { viewer, idempotencyKey, newId } = context;
  if (idempotencyKey === null) return { context, field, name: newId(), isRepeatable: false, fingerprint: '' };
  return {
    context,
    field,
    name: digest([viewer.id, idempotencyKey, field, responseName]),
    isRepeatable: true,
    fingerprint: digest(args),
  };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('hex');
}

/** The same text for the same value: members in order of their names, and numbers of any size. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
