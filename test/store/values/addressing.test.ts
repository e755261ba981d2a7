import { describe, expect, it } from 'vitest';
import { type AddressSpace, countAddresses, openFreeAddresses } from '../../../src/store/values/addressing.ts';
import { parseCIDR } from '../../../src/store/values/cidr.ts';
import { type AddressRange, formatIPAddress, type IPAddress, parseIPAddress } from '../../../src/store/values/ip-address.ts';

function address(text: string): IPAddress {
  const parsed = parseIPAddress(text);
  if (parsed === null) throw new Error(`${text} is no address`);
  return parsed;
}

function range(first: string, last: string): AddressRange {
  return { family: address(first).family, first: address(first).number, last: address(last).number };
}

function wholeOf(cidr: string): AddressRange {
  const parsed = parseCIDR(cidr);
  if (parsed === null) throw new Error(`${cidr} is no network`);
  return parsed.range;
}

function firstFree({ first, ...space }: AddressSpace & { readonly first: number }): string[] {
  return openFreeAddresses(space)(first).map(formatIPAddress);
}

describe('countAddresses', () => {
  it('counts the range without the gateway, all held addresses, and what is left', () => {
    expect(
      countAddresses({
        range: range('10.10.1.1', '10.10.1.250'),
        gateway: address('10.10.1.1'),
        held: [address('10.10.1.47'), address('10.10.1.81')],
      }),
    ).toEqual({ total: 249n, used: 2n, available: 247n, utilization: 1 - 247 / 249 });
  });

  it('counts a held address outside the range, and a held gateway, as used but as no part of the range', () => {
    expect(
      countAddresses({
        range: range('10.0.0.2', '10.0.0.5'),
        gateway: address('10.0.0.2'),
        held: [address('10.0.0.2'), address('10.0.0.3'), address('10.0.0.9'), address('fe80::1')],
      }),
    ).toEqual({ total: 3n, used: 4n, available: 2n, utilization: 1 - 2 / 3 });
  });

  it('counts an address that is held twice once', () => {
    const held = [address('10.0.0.3'), address('::ffff:10.0.0.3'), address('fe80::1'), address('FE80::1')];
    expect(countAddresses({ range: range('10.0.0.2', '10.0.0.5'), gateway: null, held })).toMatchObject({
      used: 2n,
      available: 3n,
    });
  });

  it('takes nothing off for a gateway outside the range or of the other family', () => {
    const whole = range('10.0.0.2', '10.0.0.5');
    expect(countAddresses({ range: whole, gateway: address('10.0.0.1'), held: [] }).total).toBe(4n);
    expect(countAddresses({ range: whole, gateway: { family: 6, number: whole.first }, held: [] }).total).toBe(4n);
  });

  it('says that a full range is used to 1, and that a range of the gateway alone is used to 0', () => {
    const one = range('10.0.0.2', '10.0.0.2');
    expect(countAddresses({ range: one, gateway: null, held: [address('10.0.0.2')] }).utilization).toBe(1);
    expect(countAddresses({ range: one, gateway: address('10.0.0.2'), held: [] })).toEqual({
      total: 0n,
      used: 0n,
      available: 0n,
      utilization: 0,
    });
  });

  it('counts all of IPv6 exactly', () => {
    const counts = countAddresses({ range: wholeOf('::/0'), gateway: address('::1'), held: [address('::2')] });
    expect(counts).toMatchObject({ total: (1n << 128n) - 1n, used: 1n, available: (1n << 128n) - 2n });
    expect(counts.utilization).toBeGreaterThanOrEqual(0);
  });
});

describe('openFreeAddresses', () => {
  it('lists the first free ones in address order, without the gateway and the held ones', () => {
    expect(
      firstFree({
        range: range('10.9.8.2', '10.9.8.9'),
        gateway: address('10.9.8.3'),
        held: [address('10.9.8.6'), address('10.9.8.4'), address('10.9.8.200')],
        first: 3,
      }),
    ).toEqual(['10.9.8.2', '10.9.8.5', '10.9.8.7']);
  });

  it('is the whole of a /31 and of a /32', () => {
    expect(firstFree({ range: wholeOf('10.0.0.4/31'), gateway: null, held: [], first: 10 })).toEqual(['10.0.0.4', '10.0.0.5']);
    expect(firstFree({ range: wholeOf('10.0.0.4/32'), gateway: null, held: [], first: 10 })).toEqual(['10.0.0.4']);
  });

  it('ends at the last address of IPv4 and of IPv6', () => {
    const last4 = range('255.255.255.254', '255.255.255.255');
    expect(firstFree({ range: last4, gateway: null, held: [], first: 10 })).toEqual(['255.255.255.254', '255.255.255.255']);
    const last6 = range('ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
    expect(firstFree({ range: last6, gateway: address('ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe'), held: [], first: 10 })).toEqual(
      ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    );
  });

  it('finds the last free address of a range that is nearly full', () => {
    const whole = wholeOf('10.1.0.0/16');
    const held = Array.from(
      { length: 65_535 },
      (_, index): IPAddress => ({ family: 4, number: whole.last - 1n - BigInt(index) }),
    );
    expect(firstFree({ range: whole, gateway: null, held, first: 10 })).toEqual(['10.1.255.255']);
  });

  it.each(['10.0.0.0/8', '0.0.0.0/0', '2001:db8::/64', '::/0'])(
    'takes the first few of %s without walking through it',
    (cidr) => {
      const whole = wholeOf(cidr);
      expect(openFreeAddresses({ range: whole, gateway: null, held: [] })(3).map(({ number }) => number)).toEqual([
        whole.first,
        whole.first + 1n,
        whole.first + 2n,
      ]);
    },
  );

  it('answers whoever asks again, for more or for fewer, from the first one on', () => {
    const held = [address('10.9.8.3'), address('10.9.8.5')];
    const firstFreeOf = openFreeAddresses({ range: range('10.9.8.2', '10.9.8.8'), gateway: null, held });
    const all = ['10.9.8.2', '10.9.8.4', '10.9.8.6', '10.9.8.7', '10.9.8.8'];
    for (const first of [2, 0, 3, 1, 9, 5, 4]) expect(firstFreeOf(first).map(formatIPAddress)).toEqual(all.slice(0, first));
  });

  it('is empty when none is asked for, or none is left', () => {
    expect(firstFree({ range: wholeOf('10.0.0.0/8'), gateway: null, held: [], first: 0 })).toEqual([]);
    expect(firstFree({ range: wholeOf('10.0.0.4/32'), gateway: address('10.0.0.4'), held: [], first: 5 })).toEqual([]);
  });
});
