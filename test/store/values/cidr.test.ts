import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalCIDR, contains, parseCIDR } from '../../../src/store/values/cidr.ts';
import { formatIPAddress, parseIPAddress } from '../../../src/store/values/ip-address.ts';

function addressOf(text: string) {
  const address = parseIPAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}

function networkOf(text: string) {
  const cidr = parseCIDR(text);
  if (cidr === null) throw new Error(`${text} is no network`);
  return cidr;
}

describe('parseCIDR', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', false],
    ['10.0.0.1/8', '10.0.0.0', '10.255.255.255', true],
    ['10.10.1.0/31', '10.10.1.0', '10.10.1.1', false],
    ['10.10.1.7/32', '10.10.1.7', '10.10.1.7', false],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255', false],
    ['255.255.255.0/24', '255.255.255.0', '255.255.255.255', false],
    ['2001:db8:1::/64', '2001:db8:1::', '2001:db8:1:0:ffff:ffff:ffff:ffff', false],
    ['2001:DB8:1::1/64', '2001:db8:1::', '2001:db8:1:0:ffff:ffff:ffff:ffff', true],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', false],
    ['fe80::1/128', 'fe80::1', 'fe80::1', false],
    ['::ffff:10.1.0.0/104', '10.0.0.0', '10.255.255.255', true],
    ['::ffff:10.0.0.0/96', '0.0.0.0', '255.255.255.255', true],
    ['::ffff:10.0.0.0/64', '::', '::ffff:ffff:ffff:ffff', true],
  ])('reads %s as %s to %s', (text, first, last, hostBitsSet) => {
    const { range, ...cidr } = networkOf(text);
    expect(formatIPAddress({ family: range.family, number: range.first })).toBe(first);
    expect(formatIPAddress({ family: range.family, number: range.last })).toBe(last);
    expect(cidr.hostBitsSet).toBe(hostBitsSet);
  });

  it.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.1/08',
    '10.0.0.0/+8',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '10.0.0.0/33',
    '10.0.0.0/1e1',
    '10.0.0.0/255.0.0.0',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/8/8',
    '::/129',
    'fe80::%eth0/64',
    '/8',
  ])('refuses %j', (text) => {
    expect(parseCIDR(text)).toBeNull();
    expect(canonicalCIDR(text)).toBeNull();
  });
});

describe('canonicalCIDR', () => {
  it.each([
    ['10.9.8.7/24', '10.9.8.0/24'],
    ['192.168.1.7/32', '192.168.1.7/32'],
    ['2001:0DB8::1/32', '2001:db8::/32'],
    ['::FFFF:10.1.2.3/112', '10.1.0.0/16'],
    ['255.255.255.255/0', '0.0.0.0/0'],
  ])('clears the host bits of %s: %s', (text, expected) => {
    expect(canonicalCIDR(text)).toBe(expected);
  });

  it('keeps the network and its length, and is its own canonical spelling', () => {
    const network = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(network, ([address, prefixLength]) => {
        const cidr = networkOf(`${address}/${prefixLength}`);
        const text = canonicalCIDR(`${address}/${prefixLength}`) ?? '';
        expect(networkOf(text)).toEqual({ ...cidr, hostBitsSet: false });
        expect(canonicalCIDR(text)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('contains', () => {
  it.each([
    ['10.10.1.0/24', '10.10.1.0', true],
    ['10.10.1.0/24', '10.10.1.255', true],
    ['10.10.1.0/24', '10.10.2.0', false],
    ['10.10.1.0/24', '10.10.0.255', false],
    ['10.10.1.4/31', '10.10.1.5', true],
    ['10.10.1.5/32', '10.10.1.5', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['::/0', '::1', true],
  ])('%s, %s: %s', (cidr, address, expected) => {
    expect(contains(networkOf(cidr).range, addressOf(address))).toBe(expected);
  });
});
