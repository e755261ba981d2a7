import { createHash } from 'node:crypto';
import type { Role } from '../../auth/index.ts';
import type { Revision } from '../../store/store.ts';
import type { AnswerType } from '../answer-type.ts';

/** All that an answer depends on but the revision. */
export interface Question {
  readonly text: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of whoever asks: those who may do the same see the same. */
  readonly role: Role;
}

/**
 * `era` is this process and what it has loaded: a gateway of another version may answer otherwise, and a cluster that was restored from
 * a backup comes by the same revisions again.
 */
export function hashOf({ text, operationName, variables, role }: Question, era: string): string {
  return createHash('sha256')
    .update(JSON.stringify([era, text, operationName, role, ...textsOf(variables)]))
    .digest('base64url');
}

/** `1e999` is read as a number for which JSON has no text but that of null: which ones are such numbers is said behind it. */
function textsOf(variables: Question['variables']): readonly string[] {
  const beyond: string[] = [];
  let count = 0;
  const text = JSON.stringify(variables, (_name, value: unknown) => {
    count++;
    if (typeof value === 'number' && !Number.isFinite(value)) beyond.push(`${count} ${value}`);
    return value;
  });
  return [text, ...beyond];
}

export interface TaggedAnswer {
  readonly revision: Revision;
  readonly hash: string;
  readonly mediaType: AnswerType;
}

/** A strong one: whoever has it has the answer byte for byte. */
export function entityTag({ revision, hash, mediaType }: TaggedAnswer): string {
  return `"${revision}-${hash}-${mediaType === 'application/json' ? 'json' : 'graphql'}"`;
}

/**
 * Whether `If-None-Match` names the tag. `*` is not taken for it: whether there is an answer without errors is not known before it is
 * made.
 */
export function isNamed(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((named) => named.trim().replace(/^W\//, '') === tag);
}
