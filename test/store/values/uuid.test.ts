import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalUuid, otherSpellingPrefixes } from '../../../src/store/values/uuid.ts';

const id = 'aabbccdd-eeff-4011-8022-aabbccddee00';

describe('canonicalUuid', () => {
  it.each([
    id,
    'AABBCCDD-EEFF-4011-8022-AABBCCDDEE00',
    'AabbCCdd-eeff-4011-8022-aabbccddEE00',
    '{aabbccdd-eeff-4011-8022-aabbccddee00}',
    '{AABBCCDD-EEFF-4011-8022-AABBCCDDEE00}',
    'urn:uuid:aabbccdd-eeff-4011-8022-aabbccddee00',
    'URN:UUID:AABBCCDD-EEFF-4011-8022-AABBCCDDEE00',
    'aabbccddeeff40118022aabbccddee00',
  ])('reads %s as the id in lower case', (text) => {
    expect(canonicalUuid(text)).toBe(id);
  });

  it.each([
    '',
    'aabbccdd',
    'aabbccdd-eeff-4011-8022-aabbccddee0',
    'aabbccdd-eeff-4011-8022-aabbccddee000',
    'gabbccdd-eeff-4011-8022-aabbccddee00',
    'aabbccdd_eeff_4011_8022_aabbccddee00',
    'aabbccdde-eff-4011-8022-aabbccddee00',
    '{aabbccdd-eeff-4011-8022-aabbccddee00',
    'aabbccdd-eeff-4011-8022-aabbccddee00}',
    '(aabbccdd-eeff-4011-8022-aabbccddee00)',
    '{urn:uuid:aabbccdd-eeff-4011-8022-aabbccddee00}',
    'uuid:aabbccdd-eeff-4011-8022-aabbccddee00',
    ' aabbccdd-eeff-4011-8022-aabbccddee00',
    'aabbccdd-eeff-4011-8022-aabbccddee00\n',
  ])('refuses %j', (text) => {
    expect(canonicalUuid(text)).toBeNull();
  });
});

describe('otherSpellingPrefixes', () => {
  it('lists one prefix for each letter, as long as it is certain', () => {
    expect(otherSpellingPrefixes('1a2b3344-0000-4000-8000-00000000000f')).toEqual([
      '1A2',
      '1a2B3344-0000-4000-8000-00000000000',
      '1a2b3344-0000-4000-8000-00000000000F',
    ]);
  });

  it('is empty for an id without letters, which has only one spelling', () => {
    expect(otherSpellingPrefixes('11111111-1111-4111-8111-111111111111')).toEqual([]);
  });

  it('finds every other spelling under exactly one prefix, and the lower-case one under none', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.bigInt({ min: 0n, max: (1n << 36n) - 1n }), (lower, upperCaseAt) => {
        const spelling = [...lower]
          .map((letter, i) => ((upperCaseAt >> BigInt(i)) & 1n ? letter.toUpperCase() : letter))
          .join('');
        const matching = otherSpellingPrefixes(lower).filter((prefix) => spelling.startsWith(prefix));
        expect(matching).toHaveLength(spelling === lower ? 0 : 1);
      }),
      { numRuns: 2000 },
    );
  });

  it('makes no prefix that another id in lower case has', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (lower, other) => {
        expect(otherSpellingPrefixes(lower).some((prefix) => other.startsWith(prefix))).toBe(false);
      }),
    );
  });
});
