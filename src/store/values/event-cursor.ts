import type { Revision } from '../store.ts';

/**
 * Where a stream of events stands: behind the node that was touched as the `index`th in the commit of `revision`, counted from 0. Without
 * an index, behind all that this commit did.
 */
export interface EventCursor {
  readonly revision: Revision;
  readonly index: number | null;
}

const format = /^([1-9]\d{0,15})(?:\.(0|[1-9]\d{0,8}))?$/;

/** Null for a text that is no cursor. */
export function parseEventCursor(text: string): EventCursor | null {
  const [, revisionText, indexText] = format.exec(text) ?? [];
  const revision = Number(revisionText);
  if (!Number.isSafeInteger(revision)) return null;
  return { revision, index: indexText === undefined ? null : Number(indexText) };
}

/** `<revision>.<index>`, or a revision alone. */
export function printEventCursor({ revision, index }: EventCursor): string {
  return index === null ? String(revision) : `${revision}.${index}`;
}

/** The newest revision of which nothing lies behind the cursor. */
export function wholeRevisionOf({ revision, index }: EventCursor): Revision {
  return index === null ? revision : revision - 1;
}

export function isBehindCursor(place: { readonly revision: Revision; readonly index: number }, cursor: EventCursor): boolean {
  if (place.revision !== cursor.revision) return place.revision > cursor.revision;
  return cursor.index !== null && place.index > cursor.index;
}
