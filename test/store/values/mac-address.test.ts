import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalMACAddress, macOfGuestId } from '../../../src/store/values/mac-address.ts';

const infiniBand = '00:00:00:00:fe:80:00:00:00:00:00:00:02:00:5e:10:00:00:00:01';

describe('canonicalMACAddress', () => {
  it.each([
    ['00:00:5e:00:53:01', '00:00:5e:00:53:01'],
    ['00:00:5E:00:53:01', '00:00:5e:00:53:01'],
    ['00-00-5e-00-53-01', '00:00:5e:00:53:01'],
    ['0000.5e00.5301', '00:00:5e:00:53:01'],
    ['02:00:5e:10:00:00:00:01', '02:00:5e:10:00:00:00:01'],
    ['0200.5E10.0000.0001', '02:00:5e:10:00:00:00:01'],
    [infiniBand, infiniBand],
    [infiniBand.replaceAll(':', '-').toUpperCase(), infiniBand],
    ['0000.0000.fe80.0000.0000.0000.0200.5e10.0000.0001', infiniBand],
  ])('reads %s', (text, expected) => {
    expect(canonicalMACAddress(text)).toBe(expected);
  });

  it.each([
    '',
    '00:00:5e:00:53',
    '00:00:5e:00:53:01:02',
    '00:00:5e:00:53:01:',
    '00:00:5e-00-53-01',
    '0:0:5e:0:53:1',
    '00005e005301',
    '0000.5e00.53',
    '00.00.5e.00.53.01',
    '0000:5e00:5301',
    '00:00:5e:00:53:0g',
    ' 00:00:5e:00:53:01',
  ])('refuses %j', (text) => {
    expect(canonicalMACAddress(text)).toBeNull();
  });

  it('reads every notation of the same octets alike', () => {
    const octets = fc
      .constantFrom(6, 8, 20)
      .chain((length) => fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length }));
    fc.assert(
      fc.property(octets, (numbers) => {
        const pairs = numbers.map((number) => number.toString(16).padStart(2, '0'));
        const expected = pairs.join(':');
        expect(canonicalMACAddress(expected)).toBe(expected);
        expect(canonicalMACAddress(pairs.join('-').toUpperCase())).toBe(expected);
        expect(canonicalMACAddress((pairs.join('').match(/..../g) ?? []).join('.'))).toBe(expected);
      }),
    );
  });
});

describe('macOfGuestId', () => {
  it('is what the Go tools gave the guest', () => {
    expect(macOfGuestId('057be229-1dd0-403e-af91-50244d5a12f0')).toBe('02:b8:72:5b:01:6f');
    expect(macOfGuestId('18f7f3c5-c456-4d53-85f2-a2cc47ed31e5')).toBe('02:b9:57:d3:93:05');
  });
});
