import { badUserInput } from '../errors.ts';
import { parseCursor } from './cursor.ts';
import type { Position } from './ordering.ts';

export const defaultPageSize = 50;
export const largestPageSize = 1000;

/** The arguments of every connection. Null is the same as not given. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** What a page cuts out of a list. */
export interface PageWindow {
  /** One of the two is given. */
  readonly first: number | null;
  readonly last: number | null;
  readonly after: Position | null;
  readonly before: Position | null;
}

/** Fails with BAD_USER_INPUT, before anything of the page is made. `field` is the ordering's. */
export function parseWindow(field: string, args: PageArguments): PageWindow {
  const sizes = parseSizes(args);
  return { ...sizes, after: parsePosition('after', args.after, field), before: parsePosition('before', args.before, field) };
}

function parseSizes({ first, last }: PageArguments): { readonly first: number | null; readonly last: number | null } {
  const firstSize = parsePageSize('first', first);
  const lastSize = parsePageSize('last', last);
  return { first: firstSize ?? (lastSize === null ? defaultPageSize : null), last: lastSize };
}

/** Null when it is not given. */
export function parsePageSize(argument: string, size: number | null | undefined): number | null {
  if (size === undefined || size === null) return null;
  if (size < 0) throw badUserInput(argument, `${argument} is ${size}: it must be 0 or more`);
  if (size > largestPageSize) throw badUserInput(argument, `${argument} is ${size}: a page has at most ${largestPageSize}`);
  return size;
}

function parsePosition(argument: string, cursor: string | null | undefined, field: string): Position | null {
  return cursor === undefined || cursor === null ? null : parseCursor(argument, cursor, field);
}
