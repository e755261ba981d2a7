import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, id, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [small, six, edge, odd] = [id('b', 1), id('b', 2), id('b', 3), id('b', 4)];
const guest = id('c', 1);

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`guests/${guest}/metadata`]: guestRecord(),
    [`subnets/${small}/metadata`]: subnetRecord({
      cidr: '10.0.0.0/24',
      gateway: '10.0.0.4',
      start: '10.0.0.2',
      end: '10.0.0.12',
    }),
    [`subnets/${small}/addresses/10.0.0.2`]: guest.toUpperCase(),
    [`subnets/${small}/addresses/10.0.0.10`]: id('c', 9),
    [`subnets/${small}/addresses/10.0.0.3`]: 'nobody',
    // The gateway's own, one outside of the range, and a key that is no address.
    [`subnets/${small}/addresses/10.0.0.4`]: '',
    [`subnets/${small}/addresses/10.0.0.200`]: guest,
    [`subnets/${small}/addresses/lost+found`]: guest,
    [`subnets/${six}/metadata`]: subnetRecord({
      cidr: '2001:db8::/64',
      gateway: '2001:db8::1',
      start: '2001:db8::',
      end: '2001:db8::ffff:ffff:ffff:ffff',
    }),
    [`subnets/${six}/addresses/2001:db8::2`]: guest,
    [`subnets/${edge}/metadata`]: subnetRecord({ cidr: '255.255.255.254/31', start: '255.255.255.254', end: '255.255.255.255' }),
    [`subnets/${odd}/metadata`]: subnetRecord({ cidr: '10.0.0.0/24', start: '10.0.0.2', end: '10.0.0.12' }),
    [`subnets/${odd}/addresses/::ffff:10.0.0.5`]: guest,
    [`subnets/${odd}/addresses/0:0:0:0:0:FFFF:0a00:0006`]: guest,
    [`subnets/${odd}/addresses/2001:0DB8::1`]: guest,
  });
});

afterAll(() => gateway.close());

describe('the addresses of a subnet', () => {
  it('are in the order of their numbers, whoever holds them', async () => {
    const { subnet } = await gateway.query(
      `{ subnet(id: "${small}") { addresses { totalCount nodes { ip ownerId guest { id } } } } }`,
    );
    expect(subnet.addresses).toEqual({
      totalCount: 5,
      nodes: [
        { ip: '10.0.0.2', ownerId: guest, guest: { id: guest } },
        { ip: '10.0.0.3', ownerId: 'nobody', guest: null },
        { ip: '10.0.0.4', ownerId: '', guest: null },
        { ip: '10.0.0.10', ownerId: id('c', 9), guest: null },
        { ip: '10.0.0.200', ownerId: guest, guest: { id: guest } },
      ],
    });
  });

  it('are paged in that order', async () => {
    const page = (args: string) =>
      gateway.query(`{ subnet(id: "${small}") { addresses(${args}) { nodes { ip } pageInfo { hasNextPage endCursor } } } }`);
    const first = (await page('first: 3')).subnet.addresses;
    expect(first).toMatchObject({
      nodes: [{ ip: '10.0.0.2' }, { ip: '10.0.0.3' }, { ip: '10.0.0.4' }],
      pageInfo: { hasNextPage: true },
    });
    const second = (await page(`first: 3, after: "${first.pageInfo.endCursor}"`)).subnet.addresses;
    expect(second).toMatchObject({ nodes: [{ ip: '10.0.0.10' }, { ip: '10.0.0.200' }], pageInfo: { hasNextPage: false } });
  });

  it('are found one by one in any spelling; a free one is null, whether in the range or not', async () => {
    const data = await gateway.query(`{
      subnet(id: "${small}") {
        held: address(ip: "10.0.0.10") { ip ownerId }
        mapped: address(ip: "::ffff:10.0.0.10") { ip }
        free: address(ip: "10.0.0.11") { ip }
        outside: address(ip: "192.168.0.1") { ip }
      }
      six: subnet(id: "${six}") { address(ip: "2001:0DB8:0::2") { ip guest { id } } }
    }`);
    expect(data).toEqual({
      subnet: { held: { ip: '10.0.0.10', ownerId: id('c', 9) }, mapped: { ip: '10.0.0.10' }, free: null, outside: null },
      six: { address: { ip: '2001:db8::2', guest: { id: guest } } },
    });
  });
});

describe('an address that another tool spelled otherwise', () => {
  it('is held, whoever asks for it', async () => {
    const { subnet } = await gateway.query(`{ subnet(id: "${odd}") {
      mapped: address(ip: "10.0.0.5") { ip ownerId }
      hex: address(ip: "10.0.0.6") { ip }
      six: address(ip: "2001:db8::1") { ip guest { id } }
      free: address(ip: "10.0.0.7") { ip }
      free6: address(ip: "2001:db8::2") { ip }
      addresses { nodes { ip } }
      addressing { used }
    } }`);
    expect(subnet).toEqual({
      mapped: { ip: '10.0.0.5', ownerId: guest },
      hex: { ip: '10.0.0.6' },
      six: { ip: '2001:db8::1', guest: { id: guest } },
      free: null,
      free6: null,
      addresses: { nodes: [{ ip: '10.0.0.5' }, { ip: '10.0.0.6' }, { ip: '2001:db8::1' }] },
      addressing: { used: 3 },
    });
  });
});

describe('the addressing of a subnet', () => {
  it('counts the range without the gateway, all that is held, and what is left', async () => {
    const { subnet } = await gateway.query(
      `{ subnet(id: "${small}") { addressing { total used available utilization } availableAddresses } }`,
    );
    expect(subnet).toEqual({
      addressing: { total: 10, used: 5, available: 7, utilization: 1 - 7 / 10 },
      availableAddresses: ['10.0.0.5', '10.0.0.6', '10.0.0.7', '10.0.0.8', '10.0.0.9', '10.0.0.11', '10.0.0.12'],
    });
  });

  it('of 2^64 addresses is exact and costs what a few cost', async () => {
    const { subnet } = await gateway.query(
      `{ subnet(id: "${six}") { addressing { total used available } availableAddresses(first: 3) } }`,
    );
    expect(subnet).toEqual({
      addressing: { total: '18446744073709551615', used: 1, available: '18446744073709551614' },
      availableAddresses: ['2001:db8::', '2001:db8::3', '2001:db8::4'],
    });
  });

  it('goes up to the last address there is', async () => {
    const { subnet } = await gateway.query(`{ subnet(id: "${edge}") { addressing { available } availableAddresses } }`);
    expect(subnet).toEqual({ addressing: { available: 2 }, availableAddresses: ['255.255.255.254', '255.255.255.255'] });
  });

  it('offers none with `first: 0`, and refuses a negative or too large one', async () => {
    const ask = (first: number) => `{ subnet(id: "${small}") { availableAddresses(first: ${first}) } }`;
    expect((await gateway.query(ask(0))).subnet.availableAddresses).toEqual([]);
    for (const first of [-1, 1001]) {
      expect(await gateway.errorsOf(ask(first))).toEqual([
        { code: 'BAD_USER_INPUT', field: 'first', path: 'subnet.availableAddresses' },
      ]);
    }
  });
});
