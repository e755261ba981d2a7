import { describe, expect, it } from 'vitest';
import { decodeSubnet, encodeSubnet } from '../../../src/store/entities/subnet.ts';
import { id, reasonOf, source } from './fixture.ts';

const valid = { id, metadata: {}, network: '', gateway: '', cidr: '10.9.8.0/24', start: '10.9.8.2', end: '10.9.8.5' };

function decode(fields: Record<string, unknown>) {
  return decodeSubnet(source(JSON.stringify({ ...valid, ...fields }), { folder: 'subnets' }));
}

describe('decodeSubnet', () => {
  it('reads a subnet and its range as numbers', () => {
    const subnet = decode({ metadata: { name: 'main' }, network: 'F3FF4D45-1E42-4E18-A215-AAEE06A2D64B', gateway: '10.9.8.1' });
    expect(subnet).toEqual({
      kind: 'SUBNET',
      id,
      revision: 7,
      directory: `lochness/subnets/${id}/`,
      metadata: { name: 'main' },
      networkId: 'f3ff4d45-1e42-4e18-a215-aaee06a2d64b',
      cidr: '10.9.8.0/24',
      gateway: '10.9.8.1',
      startRange: '10.9.8.2',
      endRange: '10.9.8.5',
      range: { family: 4, first: 0x0a090802n, last: 0x0a090805n },
    });
  });

  it('reads one of IPv6, which Go can not count', () => {
    expect(decode({ cidr: '2001:DB8:1::/64', start: '2001:db8:1::10', end: '2001:db8:1:0::00ff' })).toMatchObject({
      networkId: null,
      gateway: null,
      cidr: '2001:db8:1::/64',
      startRange: '2001:db8:1::10',
      endRange: '2001:db8:1::ff',
      range: { family: 6 },
    });
  });

  it('shows the CIDR with its host bits cleared', () => {
    expect(decode({ cidr: '10.9.8.7/24' }).cidr).toBe('10.9.8.0/24');
  });

  it('takes the network and the broadcast address as part of a range, one address as a range, and any gateway', () => {
    expect(decode({ start: '10.9.8.0', end: '10.9.8.255' })).toMatchObject({ startRange: '10.9.8.0', endRange: '10.9.8.255' });
    expect(decode({ start: '10.9.8.2', end: '10.9.8.2' }).range).toEqual({ family: 4, first: 0x0a090802n, last: 0x0a090802n });
    expect(decode({ gateway: 'fe80::1' }).gateway).toBe('fe80::1');
  });

  it.each([
    [{ cidr: '' }, 'cidr is missing'],
    [{ start: '' }, 'start is missing'],
    [{ end: null }, 'end is missing'],
    [{ cidr: '10.9.8.0' }, 'cidr is "10.9.8.0", which is no network in prefix notation'],
    [{ cidr: '10.9.8.0/08' }, 'cidr is "10.9.8.0/08", which is no network in prefix notation'],
    [{ start: '10.9.8' }, 'start is "10.9.8", which is no IP address'],
    [{ start: '10.9.7.255' }, 'start is 10.9.7.255, which is not in 10.9.8.0/24'],
    [{ end: '10.9.9.0' }, 'end is 10.9.9.0, which is not in 10.9.8.0/24'],
    [{ end: '2001:db8::1' }, 'end is 2001:db8::1, which is not in 10.9.8.0/24'],
    [{ start: '10.9.8.6' }, 'start is 10.9.8.6, which is above the end, 10.9.8.5'],
    [{ gateway: 'none' }, 'gateway is "none", which is no IP address'],
    [{ network: 'lan' }, 'network is "lan", which is no UUID'],
  ])('refuses %j: %s', (fields, reason) => {
    expect(reasonOf(() => decode(fields))).toBe(reason);
  });
});

describe('encodeSubnet', () => {
  it("writes the fields in Go's order, and what is absent as an empty text", () => {
    expect(encodeSubnet(decode({})).toString()).toBe(JSON.stringify(valid));
  });
});
