import type { Context } from '../../context.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import type { KeyValue } from '../../store/store.ts';
import { findAddressKey, holderOf } from '../address-key.ts';
import { addressNotFound } from '../addressing.ts';
import { commit, isAbsent, isStill, isUnchanged, type Mutation, remove } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { decodeReservation } from '../reservation.ts';
import { type Removal, removalOf } from './guest-holding.ts';
import { requireUnused } from './in-use.ts';

export interface ReleaseAddressArguments {
  readonly subnetId: string;
  /** In canonical form. */
  readonly ip: string;
}

/** Gives up a reservation, or frees an address that another tool lost track of. An address that its owner's record names stays. */
export function releaseAddress(mutation: Mutation, args: ReleaseAddressArguments) {
  return commit(mutation, async (context) => {
    const subnet = await requireNode(context.loaders.SUBNET, uuidOf('subnetId', args.subnetId));
    const address = await findAddressKey(context, subnet, args.ip);
    if (address === null) throw addressNotFound(subnet.id, args.ip);
    const released = removalOf([address]);
    const given = await giveUp(context, { subnet, ip: args.ip, address });
    return {
      type: 'commit',
      compares: [...released.compares, ...given.compares],
      writes: [...released.writes, ...given.writes],
      result: { subnetId: subnet.id },
    };
  });
}

interface HeldAddress {
  readonly subnet: Subnet;
  readonly ip: string;
  readonly address: KeyValue;
}

/** On the side of the guest that holds it: what must hold so that it has no use for it, and its reservation, which goes. */
async function giveUp(context: Context, { subnet, ip, address }: HeldAddress): Promise<Removal> {
  const guestId = holderOf(address);
  if (guestId === null) return removalOf([]);
  const guest = await context.loaders.GUEST.get(guestId);
  if (guest === null) return { compares: [isAbsent(context.keys.record('GUEST', guestId))], writes: [] };
  const isNamed = guest.subnetId === subnet.id && guest.ip === ip;
  requireUnused(`The address ${ip} of the subnet ${subnet.id} is used`, isNamed ? [guest.id] : []);
  const { reservation } = await getGuestKeys(context, guest);
  if (reservation === null) return { compares: [isUnchanged(guest)], writes: [] };
  const reserved = decodeReservation(reservation);
  const isReserved = reserved?.subnetId === subnet.id && reserved.ip === ip;
  return {
    compares: [isUnchanged(guest), isStill(reservation.key, reservation)],
    writes: isReserved ? [remove(reservation.key)] : [],
  };
}
