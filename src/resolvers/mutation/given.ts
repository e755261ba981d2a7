import { badUserInput, GatewayError } from '../../errors.ts';
import type { Entity } from '../../store/entities/entity.ts';
import type { Revision } from '../../store/store.ts';
import { nounOf } from '../require.ts';

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
export function requireRevision(
  { kind, id, revision }: Pick<Entity, 'kind' | 'id' | 'revision'>,
  ifRevision: Argument<Revision>,
): void {
  if (ifRevision === null) throw badUserInput('ifRevision', 'null is no revision: leave ifRevision out to change any version');
  if (ifRevision === undefined || ifRevision === revision) return;
  const message = `The ${nounOf(kind)} ${id} is at revision ${revision}, not at ${ifRevision}: nothing was changed`;
  throw new GatewayError('CONFLICT', message, { details: { expected: String(ifRevision), actual: String(revision) } });
}
