import { badUserInput } from '../errors.ts';
import type { Position } from './ordering.ts';
import { quote } from './quote.ts';

/**
 * A cursor says where an item stands, not which one it is: its sort value and its id. So it goes on working when the item is gone
 * or others come in before it. Clients see an opaque text.
 */
export function cursorOf(orderingField: string, { sortKey, id }: Position): string {
  const parts = sortKey === id ? [orderingField, id] : [orderingField, id, sortKey];
  return Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
}

/** `argument` is the one it was given in: `after` or `before`. */
export function parseCursor(argument: string, text: string, orderingField: string): Position {
  const parts = decode(text);
  if (parts === null) throw badUserInput(argument, `${quote(text)} is no cursor: take one from an edge or from pageInfo`);
  const [field, id, sortKey] = parts;
  if (field !== orderingField) {
    throw badUserInput(
      argument,
      `The cursor ${quote(text)} belongs to a list ordered by ${quote(field)}, and this one is ordered by ${orderingField}`,
    );
  }
  return { sortKey, id };
}

function decode(text: string): [field: string, id: string, sortKey: string | null] | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return null;
  const [field, id, sortKey = id, ...others] = elementsOf(bytes.toString('utf8'));
  if (typeof field !== 'string' || typeof id !== 'string' || others.length > 0) return null;
  return sortKey === null || typeof sortKey === 'string' ? [field, id, sortKey] : null;
}

function elementsOf(json: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
