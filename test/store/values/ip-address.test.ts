import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalIPAddress,
  compareKey,
  formatIPAddress,
  type IPAddress,
  parseIPAddress,
} from '../../../src/store/values/ip-address.ts';

const ipv4Number = fc.bigInt({ min: 0n, max: 0xffffffffn });
/** With runs of zero groups, which random numbers do not have. */
const sparseNumber = fc
  .array(fc.constantFrom(0n, 1n, 0xffffn, 0x2001n), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce<bigint>((number, group) => (number << 16n) | group, 0n));
const ipv6Number = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), sparseNumber);
const address: fc.Arbitrary<IPAddress> = fc.oneof(
  ipv4Number.map((number) => ({ family: 4, number }) as const),
  ipv6Number.filter((number) => number >> 32n !== 0xffffn).map((number) => ({ family: 6, number }) as const),
);

describe('parseIPAddress', () => {
  it.each<[string, IPAddress]>([
    ['0.0.0.0', { family: 4, number: 0n }],
    ['10.0.0.1', { family: 4, number: 0x0a000001n }],
    ['255.255.255.255', { family: 4, number: 0xffffffffn }],
    ['::', { family: 6, number: 0n }],
    ['::1', { family: 6, number: 1n }],
    ['FE80::1', { family: 6, number: (0xfe80n << 112n) | 1n }],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', { family: 6, number: (0x20010db8n << 96n) | 1n }],
    ['1:2:3:4:5:6:7::', { family: 6, number: 0x00010002000300040005000600070000n }],
    ['64:ff9b::10.0.0.1', { family: 6, number: (0x64ff9bn << 96n) | 0x0a000001n }],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', { family: 6, number: (1n << 128n) - 1n }],
    ['::ffff:10.0.0.1', { family: 4, number: 0x0a000001n }],
    ['::ffff:a00:1', { family: 4, number: 0x0a000001n }],
    ['0:0:0:0:0:FFFF:10.0.0.1', { family: 4, number: 0x0a000001n }],
  ])('reads %s', (text, expected) => {
    expect(parseIPAddress(text)).toEqual(expected);
  });

  it.each([
    '',
    '10',
    '10.0.0',
    '10.0.0.',
    '.10.0.0.1',
    '10..0.1',
    '10.0.0.1.',
    '10.0.0.0.1',
    '10.0.0.256',
    '10.0.0.1000',
    '010.0.0.1',
    '10.00.0.1',
    '10.0.0.01',
    '0x0a.0.0.1',
    '10.0.0.-1',
    '+1.0.0.1',
    '1e1.0.0.1',
    '10.0.0.1/8',
    '10.0.0.1 ',
    ' 10.0.0.1',
    '١.0.0.1',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    'fe80::1%eth0',
    'fe80::1/64',
    '[::1]',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::1.2.3.256',
    '::1.2.3.04',
    '::1.2.3.4:5',
    'g::1',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseIPAddress(text)).toBeNull();
    expect(canonicalIPAddress(text)).toBeNull();
  });

  it('takes what node:net takes and nothing else, of texts that look like addresses', () => {
    const part = fc.oneof(
      fc.constantFrom('', '0', '1', '00', '255', '256', 'ffff', 'FFFF', '10000', '1.2.3.4', '1.2.3.04', '::'),
      fc.nat(70_000).map((number) => number.toString(16)),
    );
    const text = fc
      .tuple(fc.array(part, { maxLength: 10 }), fc.constantFrom(':', '.'))
      .map(([parts, separator]) => parts.join(separator));
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseIPAddress(candidate) !== null).toBe(isIPv4(candidate) || isIPv6(candidate));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('formatIPAddress', () => {
  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['ffff:ffff:ffff:ffff::', 'ffff:ffff:ffff:ffff::'],
    ['::FFFF:192.168.0.1', '192.168.0.1'],
    ['255.255.255.0', '255.255.255.0'],
  ])('prints %s as %s', (text, expected) => {
    expect(canonicalIPAddress(text)).toBe(expected);
  });

  it('prints an IPv6 address in RFC 5952, as the URL standard does', () => {
    fc.assert(
      fc.property(ipv6Number, (number) => {
        fc.pre(number >> 32n !== 0xffffn);
        const groups = (number.toString(16).padStart(32, '0').match(/..../g) ?? []).join(':');
        expect(`[${formatIPAddress({ family: 6, number })}]`).toBe(new URL(`http://[${groups}]/`).hostname);
      }),
      { numRuns: 2000 },
    );
  });

  it('is read back as the same address, and is its own canonical spelling', () => {
    fc.assert(
      fc.property(address, (original) => {
        const text = formatIPAddress(original);
        expect(parseIPAddress(text)).toEqual(original);
        expect(canonicalIPAddress(text)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('compareKey', () => {
  it('orders as the addresses do, IPv4 before IPv6', () => {
    fc.assert(
      fc.property(address, address, (a, b) => {
        const byNumber = a.family - b.family || Number(a.number > b.number) - Number(a.number < b.number);
        const byKey = Number(compareKey(a) > compareKey(b)) - Number(compareKey(a) < compareKey(b));
        expect(byKey).toBe(Math.sign(byNumber));
      }),
      { numRuns: 2000 },
    );
  });
});
