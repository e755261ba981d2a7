import { badUserInput, GatewayError } from '../../errors.ts';
import type { Entity } from '../../store/entities/entity.ts';
import type { Revision } from '../../store/store.ts';

/** An argument as GraphQL brings it: left out, or an explicit null. */
export type Argument<T> = T | null | undefined;

export interface DeleteArguments {
  readonly id: string;
  readonly ifRevision?: Argument<Revision>;
}

/** Of an update's fields, undefined for one that was left out. A null is refused: it would say to clear what can't be empty. */
export function notNull<T>(field: string, value: Argument<T>): T | undefined {
  if (value === null) throw badUserInput(field, `${field} can't be cleared: leave it out to keep its value`);
  return value;
}

/** Undefined for what is stored already: a record that spells it in another way is not rewritten for that. */
export function changed<T>(stored: T, given: T | undefined): T | undefined {
  return given === stored ? undefined : given;
}

/** Fails with CONFLICT when the caller knows another version of the record than the one that is stored. */
export function requireRevision({ revision }: Pick<Entity, 'revision'>, ifRevision: Argument<Revision>): void {
  const expected = notNull('ifRevision', ifRevision);
  if (expected === undefined || expected === revision) return;
  throw new GatewayError('CONFLICT', `The record is at revision ${revision}, not at ${expected}: nothing was changed`, {
    details: { expected: String(expected), actual: String(revision) },
  });
}
