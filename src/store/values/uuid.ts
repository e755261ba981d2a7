const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const plain = /^(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const braced = /^\{([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}$/i;
const bare = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i;

/**
 * The one spelling of a UUID that is stored and shown: lower case with hyphens. Reads what Go's uuid.Parse reads: any case, in braces,
 * as `urn:uuid:...`, or 32 digits without hyphens. Null for anything else.
 */
export function canonicalUuid(text: string): string | null {
  if (canonical.test(text)) return text;
  const digits = plain.exec(text)?.[1] ?? braced.exec(text)?.[1];
  if (digits !== undefined) return digits.toLowerCase();
  return bare.test(text) ? text.replace(bare, '$1-$2-$3-$4-$5').toLowerCase() : null;
}

/**
 * Prefixes that together find a key whose UUID another tool stored in another case, each such key under exactly one prefix, and
 * never the lower-case spelling itself.
 *
 * Why these suffice: take a spelling that differs from the lower-case `id`, and its first upper-case letter, at position i. Before
 * i it is as in `id`; at i stands the upper-case letter; what follows up to the next letter of `id` has no case. That is the
 * prefix made for i, and of no other position: for an earlier letter the spelling is lower case where that prefix is upper case,
 * for a later one the other way round.
 */
export function otherSpellingPrefixes(id: string): string[] {
  return [...id.matchAll(/[a-f][^a-f]*/g)].map((letter) => id.slice(0, letter.index) + letter[0].toUpperCase());
}
