import { expect, it } from 'vitest';
import { guestRecord, id, networkRecord, subnetRecord } from '../support/record.ts';
import { guest, inventory, ip, network, other, placedGuest, subnet, unplacedGuest } from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const reserve = `mutation ($subnetId: ID!, $guestId: ID!, $ip: IPAddress) {
  reserveAddress(subnetId: $subnetId, guestId: $guestId, ip: $ip) {
    address { ip ownerId guest { id } } subnet { id revision addressing { used } }
  }
}`;
const asked = (given: object = {}) => ({ variables: { subnetId: subnet, guestId: guest, ...given } });
const address = (text: string) => `subnets/${subnet}/addresses/${text}`;
const reservationKey = `guests/${guest}/reservation`;
const reservation = { [reservationKey]: `${subnet}/${ip}`, [address(ip)]: guest };

/** `inventory` has a subnet of 10.0.0.1, its gateway, to 10.0.0.14. */
const free = Array.from({ length: 13 }, (_, index) => `10.0.0.${index + 2}`);

export function addressReserving(space: Space): void {
  it('reserves an address for a guest, in one commit', async () => {
    const { putAll, query, changesOf, revision, ownEntries } = space();
    const at = await putAll({ ...inventory, ...unplacedGuest() });
    const changes = await changesOf(async () => {
      const given = { subnetId: subnet.toUpperCase(), guestId: guest.toUpperCase(), ip };
      const data = await query(reserve, { variables: given });
      expect(data.reserveAddress).toEqual({
        address: { ip, ownerId: guest, guest: { id: guest } },
        subnet: { id: subnet, revision: String(at), addressing: { used: 1 } },
      });
    });
    expect(changes).toEqual(reservation);
    expect(await ownEntries('references/')).toEqual({ [`references/subnets/${subnet}`]: '' });
    expect(await revision()).toBe(at + 1);
  });

  it('chooses any free address when none is given, and finds the last one of a full range', async () => {
    const { putAll, query, entries, errorsOf, changesOf } = space();
    await putAll(inventory);
    const reserved: string[] = [];
    for (const number of free.keys()) {
      const guestId = id('c', number + 10);
      await putAll({ [`guests/${guestId}/metadata`]: guestRecord() });
      const data = await query(reserve, asked({ guestId, ip: null }));
      reserved.push(data.reserveAddress.address.ip);
      expect((await entries())[`guests/${guestId}/reservation`]).toBe(`${subnet}/${reserved.at(-1)}`);
    }
    expect(new Set(reserved)).toEqual(new Set(free));
    expect(reserved).not.toEqual(free);
    await putAll(unplacedGuest());
    const changes = await changesOf(async () => {
      expect(await errorsOf(reserve, asked())).toEqual([{ code: 'NO_ADDRESS_AVAILABLE', path: 'reserveAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
    ['10.0.0.4/31', '10.0.0.4', '10.0.0.5'],
    ['10.0.0.4/32', '10.0.0.4', '10.0.0.4'],
    ['255.255.255.254/31', '255.255.255.254', '255.255.255.255'],
    ['2001:db8::/64', '2001:db8::', '2001:db8::ffff:ffff:ffff:ffff'],
  ])('reserves an address of %s', async (cidr, start, end) => {
    const { putAll, query } = space();
    const record = subnetRecord({ network, cidr, start, end });
    await putAll({ ...inventory, ...unplacedGuest(), [`subnets/${subnet}/metadata`]: record });
    const data = await query(reserve, asked());
    expect(data.reserveAddress.address).toMatchObject({ ownerId: guest });
  });

  it.each([
    ['below the range', '9.255.255.255'],
    ['above the range', '10.0.0.15'],
    ['of the other family', '2001:db8::1'],
    ['the gateway', '10.0.0.1'],
  ])('does not reserve an address that is %s', async (_what, wrong) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(reserve, asked({ ip: wrong }));
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'ip', path: 'reserveAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['a guest', { [address(ip)]: other }, other],
    ['a guest that is gone', { [address(ip)]: id('c', 9).toUpperCase() }, id('c', 9)],
    ['whoever that is', { [address(ip)]: 'the printer' }, 'the printer'],
    ['the guest itself, which lost track of it', { [address(ip)]: guest }, guest],
    ['a key in another spelling', { [address(`::FFFF:${ip}`)]: other }, other],
  ])('does not reserve an address that %s holds', async (_what, held, owner) => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...held });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(reserve, asked({ ip }));
      expect(errors).toEqual([{ code: 'IN_USE', by: [owner], path: 'reserveAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it('reserves one address a guest', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...reservation });
    const changes = await changesOf(async () => {
      for (const given of [{}, { ip }, { ip: '10.0.0.8' }]) {
        const errors = await errorsOf(reserve, asked(given));
        expect(errors).toEqual([{ code: 'INVALID_STATE', state: 'UNPLACED', path: 'reserveAddress' }]);
      }
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['whose address another one holds', { ...reservation, [address(ip)]: other }],
    ['whose address nobody holds', { [reservationKey]: `${subnet}/${ip}` }],
    ['whose subnet is gone', { [reservationKey]: `${id('b', 9)}/${ip}` }],
    ['that is no reservation', { [reservationKey]: 'soon' }],
  ])('replaces a reservation %s', async (_what, old) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...old });
    const changes = await changesOf(() => query(reserve, asked({ ip: '10.0.0.8' })));
    expect(changes).toEqual({ [reservationKey]: `${subnet}/10.0.0.8`, [address('10.0.0.8')]: guest });
  });

  it('frees what a reservation held in a subnet without a record when it replaces it', async () => {
    const { putAll, query, changesOf } = space();
    const left = `subnets/${id('b', 9)}/addresses/${ip}`;
    await putAll({ ...inventory, ...unplacedGuest(), [reservationKey]: `${id('b', 9)}/${ip}`, [left]: guest });
    const changes = await changesOf(() => query(reserve, asked({ ip })));
    expect(changes).toEqual({ ...reservation, [left]: null });
  });

  it('reserves nothing for a placed guest', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest() });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(reserve, asked());
      expect(errors).toEqual([{ code: 'INVALID_STATE', state: 'UNKNOWN', path: 'reserveAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['another network', id('a', 2)],
    ['no network', ''],
  ])('reserves nothing in a subnet of %s', async (_what, its) => {
    const { putAll, errorsOf, changesOf } = space();
    const theirs = { [`networks/${id('a', 2)}/metadata`]: networkRecord() };
    await putAll({ ...inventory, ...unplacedGuest(), ...theirs, [`subnets/${subnet}/metadata`]: subnetRecord({ network: its }) });
    const changes = await changesOf(async () => {
      const errors = await errorsOf(reserve, asked());
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'subnetId', path: 'reserveAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it('knows no guest and no subnet that are not there', async () => {
    const { putAll, errorsOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    expect(await errorsOf(reserve, asked({ guestId: other }))).toMatchObject([{ code: 'NOT_FOUND', kind: 'GUEST', id: other }]);
    const missing = id('b', 9);
    expect(await errorsOf(reserve, asked({ subnetId: missing }))).toMatchObject([
      { code: 'NOT_FOUND', kind: 'SUBNET', id: missing },
    ]);
    expect(await errorsOf(reserve, asked({ guestId: 'x' }))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'guestId' }]);
    const wrong = { guestId: other, subnetId: 'x' };
    expect(await errorsOf(reserve, asked(wrong))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'subnetId' }]);
    expect(await errorsOf(reserve, asked({ subnetId: 'x' }))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'subnetId' }]);
  });

  it.each([
    ['another one takes the address', { [address(ip)]: other }, { code: 'IN_USE', by: [other] }],
    ['the guest is placed', placedGuest({ ip: '10.0.0.8' }), { code: 'INVALID_STATE', state: 'UNKNOWN' }],
    [
      'another address is reserved for the guest',
      { [reservationKey]: `${subnet}/10.0.0.8`, [address('10.0.0.8')]: guest },
      { code: 'INVALID_STATE', state: 'UNPLACED' },
    ],
    [
      'the address becomes the gateway',
      { [`subnets/${subnet}/metadata`]: subnetRecord({ network, gateway: ip }) },
      { code: 'BAD_USER_INPUT', field: 'ip' },
    ],
    [
      'the subnet leaves the network',
      { [`subnets/${subnet}/metadata`]: subnetRecord() },
      { code: 'BAD_USER_INPUT', field: 'subnetId' },
    ],
  ])('reserves nothing when %s at the same time', async (_what, meanwhile, error) => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(reserve, asked({ ip }))).toEqual([{ ...error, path: 'reserveAddress' }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('reserves nothing for a guest that is deleted at the same time', async () => {
    const { putAll, remove, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const gateway = await raced(() => remove(`guests/${guest}/metadata`));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(reserve, asked())).toMatchObject([{ code: 'NOT_FOUND', kind: 'GUEST' }]);
    });
    expect(changes).toEqual({ [`guests/${guest}/metadata`]: null });
  });

  it('takes another address when the one that it chose is taken at the same time', async () => {
    const { putAll, raced, entries } = space();
    await putAll({ ...inventory, ...unplacedGuest() });
    const others = free.filter((text) => text !== ip);
    const gateway = await raced(() => putAll(Object.fromEntries(others.map((text) => [address(text), other]))));
    expect((await gateway.query(reserve, asked())).reserveAddress.address).toEqual({ ip, ownerId: guest, guest: { id: guest } });
    expect(await entries()).toMatchObject(reservation);
  });
}
