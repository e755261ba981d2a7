import { expect, it } from 'vitest';
import { id } from '../support/record.ts';
import { guest, inventory, ip, other, placedGuest, subnet, unplacedGuest } from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const release = `mutation ($subnetId: ID!, $ip: IPAddress!) {
  releaseAddress(subnetId: $subnetId, ip: $ip) { subnet { id addressing { used } } }
}`;
const asked = (given: object) => ({ variables: { subnetId: subnet, ...given } });
const address = (text: string) => `subnets/${subnet}/addresses/${text}`;
const record = `guests/${guest}/metadata`;
const reservationKey = `guests/${guest}/reservation`;
const reservation = { [reservationKey]: `${subnet}/${ip}`, [address(ip)]: guest };
const reservedElsewhere = { [reservationKey]: `${subnet}/10.0.0.8` };

export function addressReleasing(space: Space): void {
  it('releases a reserved address, and the reservation with it', async () => {
    const { putAll, query, changesOf, revision } = space();
    const at = await putAll({ ...inventory, ...unplacedGuest(), ...reservation, [address('10.0.0.8')]: other });
    const changes = await changesOf(async () => {
      const data = await query(release, asked({ ip: `::ffff:${ip}` }));
      expect(data.releaseAddress.subnet).toEqual({ id: subnet, addressing: { used: 1 } });
    });
    expect(changes).toEqual({ [reservationKey]: null, [address(ip)]: null });
    expect(await revision()).toBe(at + 1);
  });

  it('does not release an address that its guest has', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, ...placedGuest({ subnet: subnet.toUpperCase() }), [address(ip)]: guest.toUpperCase() });
    const changes = await changesOf(async () => {
      expect(await errorsOf(release, asked({ ip }))).toEqual([{ code: 'IN_USE', by: [guest], path: 'releaseAddress' }]);
    });
    expect(changes).toEqual({});
  });

  it('does not release an address that is free', async () => {
    const { putAll, errorsOf, changesOf } = space();
    await putAll({ ...inventory, [address('10.0.0.77')]: guest, [address('7')]: guest });
    const changes = await changesOf(async () => {
      expect(await errorsOf(release, asked({ ip }))).toEqual([
        { code: 'NOT_FOUND', kind: 'ADDRESS', id: ip, path: 'releaseAddress' },
      ]);
    });
    expect(changes).toEqual({});
  });

  it('knows no subnet that is not there', async () => {
    const { putAll, errorsOf } = space();
    await putAll(inventory);
    const missing = id('b', 9);
    expect(await errorsOf(release, asked({ subnetId: missing, ip }))).toEqual([
      { code: 'NOT_FOUND', kind: 'SUBNET', id: missing, path: 'releaseAddress' },
    ]);
    expect(await errorsOf(release, asked({ subnetId: 'x', ip }))).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'subnetId' }]);
  });

  it('does not release an address whose guest cannot be read', async () => {
    const { put, putAll, errorsOf } = space();
    await putAll({ ...inventory, [address(ip)]: guest });
    await put(`guests/${guest}/metadata`, '{');
    expect(await errorsOf(release, asked({ ip }))).toMatchObject([{ code: 'BROKEN_RECORD' }]);
  });

  it.each([
    ['whose guest is gone', { [address(ip)]: id('c', 9) }],
    ['whose guest has another one', { ...placedGuest({ ip: '10.0.0.8' }) }],
    ['whose guest has it in another subnet', { ...placedGuest({ subnet: id('b', 2) }) }],
    ['whose guest is unplaced', { ...unplacedGuest(), [address(ip)]: guest }],
    [
      'whose guest has another one reserved',
      { ...unplacedGuest(), [reservationKey]: `${subnet}/10.0.0.8`, [address(ip)]: guest },
    ],
    ['that nobody holds', { [address(ip)]: '' }],
  ])('releases an address %s', async (_what, world) => {
    const { putAll, query, changesOf } = space();
    await putAll({ ...inventory, ...world });
    expect(await changesOf(() => query(release, asked({ ip })))).toEqual({ [address(ip)]: null });
  });

  it('releases an address outside the range, and one in another spelling', async () => {
    const { putAll, query, changesOf } = space();
    const keys = [address('192.168.0.1'), address('2001:0DB8:0::7')];
    await putAll({ ...inventory, ...Object.fromEntries(keys.map((key) => [key, other])) });
    const changes = await changesOf(async () => {
      await query(release, asked({ ip: '192.168.0.1' }));
      await query(release, asked({ ip: '2001:db8::7' }));
    });
    expect(changes).toEqual(Object.fromEntries(keys.map((key) => [key, null])));
  });

  const named = { [record]: placedGuest()[record] ?? '' };

  it.each([
    ['its guest is placed with it', { ...unplacedGuest(), ...reservation }],
    ['its guest, which has another one reserved, is placed with it', { ...unplacedGuest(), ...reservedElsewhere }],
    ['its guest comes into being with it', {}],
    ['its guest gets it back', placedGuest({ ip: '10.0.0.8' })],
  ])('leaves an address that was leaked or reserved when %s at the same time', async (_what, world) => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...world, [address(ip)]: guest });
    // The address's own key is as it was.
    const gateway = await raced(() => putAll(named));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(release, asked({ ip }))).toEqual([{ code: 'IN_USE', by: [guest], path: 'releaseAddress' }]);
    });
    expect(changes).toEqual(named);
  });

  it('leaves a reservation that is replaced at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), ...reservation });
    const replaced = { ...reservedElsewhere, [address('10.0.0.8')]: guest };
    const gateway = await raced(() => putAll(replaced));
    const changes = await changesOf(() => gateway.query(release, asked({ ip })));
    expect(changes).toEqual({ ...replaced, [address(ip)]: null });
  });

  it('releases what another guest holds only as it was read', async () => {
    const { putAll, remove, raced, changesOf } = space();
    const theirs = placedGuest();
    await putAll({ ...inventory, ...theirs, [address(ip)]: other });
    const gateway = await raced(() => putAll({ [address(ip)]: guest }));
    expect(await gateway.errorsOf(release, asked({ ip }))).toMatchObject([{ code: 'IN_USE', by: [guest] }]);
    const again = await raced(() => remove(address(ip)));
    await putAll({ [address(ip)]: other });
    const changes = await changesOf(async () => {
      expect(await again.errorsOf(release, asked({ ip }))).toMatchObject([{ code: 'NOT_FOUND', kind: 'ADDRESS' }]);
    });
    expect(changes).toEqual({ [address(ip)]: null });
  });
}
