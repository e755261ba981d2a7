/**
 * Texts that sort as the values they stand for do, so that a cursor can carry any sort value as a text and two of them are
 * compared without knowing what they are.
 */

/** Enough hexadecimal digits for every number of addresses that IPv6 has. */
const hexDigits = 33;

export function sortKeyOfUnsigned(value: bigint | number): string {
  return value.toString(16).padStart(hexDigits, '0');
}

/** The bits of two non-negative doubles are ordered as the doubles are. */
export function sortKeyOfFraction(value: number): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return bits.toString('hex');
}
