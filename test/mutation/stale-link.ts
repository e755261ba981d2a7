import { expect, it } from 'vitest';
import { id } from '../support/record.ts';
import {
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  other,
  placedGuest,
  stateOf,
  stateRecord,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const unplace = 'mutation ($id: ID!) { unplaceGuest(guestId: $id) { guest { id state } } }';
const asked = { variables: { id: guest } };
const record = `guests/${guest}/metadata`;
const link = `hypervisors/${hypervisor}/guests/${guest}`;
const address = `subnets/${subnet}/addresses/${ip}`;

export function staleLinks(space: Space): void {
  it('removes the links that other tools left of an unplaced guest, under any hypervisor', async () => {
    const { putAll, query, errorsOf, changesOf } = space();
    const stale = [link, `hypervisors/${id('d', 2)}/guests/${guest.toUpperCase()}`, `hypervisors/${id('D', 3)}/guests/${guest}`];
    await putAll({
      ...inventory,
      ...unplacedGuest(),
      ...Object.fromEntries(stale.map((key) => [key, guest])),
      [`hypervisors/${hypervisor}/guests/${other}`]: other,
      [`hypervisors/lost+found/guests/${guest}`]: guest,
    });
    const changes = await changesOf(async () => {
      expect((await query(unplace, asked)).unplaceGuest.guest).toMatchObject({ id: guest, state: 'UNPLACED' });
    });
    expect(changes).toEqual(Object.fromEntries(stale.map((key) => [key, null])));
    expect(await errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE' }]);
  });

  it('removes more stale links than one commit holds', async () => {
    const { putAll, query, changesOf } = space();
    const stale = Array.from({ length: 230 }, (_, index) => `hypervisors/${id('d', index)}/guests/${guest}`);
    await putAll({ ...inventory, ...unplacedGuest() });
    for (const from of [0, 100, 200]) await putAll(Object.fromEntries(stale.slice(from, from + 100).map((key) => [key, guest])));
    expect(await changesOf(() => query(unplace, asked))).toEqual(Object.fromEntries(stale.map((key) => [key, null])));
  });

  it('leaves the link of a guest that is placed there at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    await putAll({ ...inventory, ...unplacedGuest(), [link]: guest });
    const state = { [`guests/${guest}/state`]: stateRecord('RUNNING') };
    await putAll({ ...heartbeat, ...state });
    // Its link is not written again: it is there.
    const meanwhile = { [record]: placedGuest()[record] ?? '', [address]: guest };
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'RUNNING' }]);
    });
    expect(changes).toEqual(meanwhile);
  });

  it('leaves all of many links of a guest that is placed at the same time', async () => {
    const { putAll, raced, changesOf } = space();
    const stale = Array.from({ length: 110 }, (_, index) => `hypervisors/${id('d', index)}/guests/${guest}`);
    await putAll({ ...inventory, ...heartbeat, ...unplacedGuest(), ...stateOf('RUNNING') });
    await putAll(Object.fromEntries(stale.map((key) => [key, guest])));
    const meanwhile = { [record]: placedGuest()[record] ?? '', [address]: guest };
    const gateway = await raced(() => putAll(meanwhile));
    const changes = await changesOf(async () => {
      expect(await gateway.errorsOf(unplace, asked)).toMatchObject([{ code: 'INVALID_STATE', state: 'RUNNING' }]);
    });
    expect(changes).toEqual(meanwhile);
  });
}
