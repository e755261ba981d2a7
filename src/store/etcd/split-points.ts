import type { Key } from '../range.ts';

export interface LongRange {
  /** Where the range begins, such as `lochness/guests/`. */
  readonly start: Key;
  /** How many entries were read so far, and the key behind them. */
  readonly entriesRead: number;
  readonly next: Key;
  /** How many entries one part should hold at most. */
  readonly partEntries: number;
}

/** So many digits tell more than 65,000 places apart. */
const digits = 4;
const places = 16 ** digits;
const mostParts = 256;
/** Names are spread by chance: a part that aims at less than a page seldom needs a second one. */
const fill = 0.85;

/**
 * Where to cut what is left of a long range, so that its parts can be read side by side. Most names are UUIDs, whose first digits are
 * spread evenly: how far the first page has come tells how much is left. Where names are something else, the guess is bad and parts
 * need further pages; what is read is the same, since the parts always make up the range.
 */
export function splitPoints({ start, entriesRead, next, partEntries }: LongRange): Key[] {
  const place = placeOf(next.slice(start.length, start.length + digits));
  if (place === null || place === 0) return [];
  const entriesLeft = (entriesRead * (places - place)) / place;
  const parts = Math.min(mostParts, Math.ceil(entriesLeft / (fill * partEntries)));
  const points = Array.from({ length: parts - 1 }, (_, index) => place + ((index + 1) * (places - place)) / parts);
  return [...new Set(points.map((point) => start + textOf(Math.floor(point))))].filter((point) => point > next);
}

function placeOf(text: string): number | null {
  return /^[0-9a-f]{4}$/.test(text) ? Number.parseInt(text, 16) : null;
}

function textOf(place: number): string {
  return place.toString(16).padStart(digits, '0');
}
