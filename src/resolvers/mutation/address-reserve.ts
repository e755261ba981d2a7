import type { Context } from '../../context.ts';
import { badUserInput, GatewayError } from '../../errors.ts';
import type { Guest } from '../../store/entities/guest.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import { subkeys } from '../../store/keys.ts';
import { contains } from '../../store/values/cidr.ts';
import { parseIPAddress } from '../../store/values/ip-address.ts';
import { findAddressKey } from '../address-key.ts';
import { ownerIdOf } from '../addressing.ts';
import { textOfValue } from '../below.ts';
import { commit, isAbsent, isUnchanged, type Mutation, put } from '../commit/index.ts';
import { getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { getFreeAddress } from '../placement/free-address.ts';
import { requireNode } from '../require.ts';
import { encodeReservation, getReservation } from '../reservation.ts';
import type { Argument } from './given.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressOfReservation, removalOf } from './guest-holding.ts';
import { requireUnused } from './in-use.ts';
import { invalidState } from './invalid-state.ts';

export interface ReserveAddressArguments {
  readonly subnetId: string;
  readonly guestId: string;
  /** In canonical form. Any free one when it is left out. */
  readonly ip?: Argument<string>;
}

/** Holds an address for an unplaced guest: placing it takes this subnet and this address. */
export function reserveAddress(mutation: Mutation, args: ReserveAddressArguments) {
  return commit(mutation, async (context) => {
    // Before anything is asked for: a promise that nobody comes to wait for would fail unheard.
    const [guestId, subnetId] = [uuidOf('guestId', args.guestId), uuidOf('subnetId', args.subnetId)];
    const [guest, subnet] = await Promise.all([
      requireNode(context.loaders.GUEST, guestId),
      requireNode(context.loaders.SUBNET, subnetId),
    ]);
    await requireWithoutAddress(context, guest);
    requireSameNetwork(guest, subnet);
    const ip = await addressToReserve(context, subnet, args.ip);
    const keys = await getGuestKeys(context, guest);
    // A void reservation is replaced; where it still holds an address, in a subnet whose record is gone, that goes with it.
    const replaced = removalOf([await addressOfReservation(context, guest.id, keys)]);
    const address = subnet.directory + subkeys.addresses + ip;
    return {
      type: 'commit',
      compares: [...guestIsStill(guest, keys), isUnchanged(subnet), isAbsent(address), ...replaced.compares],
      writes: [
        put(address, guest.id),
        put(guest.directory + subkeys.reservation, encodeReservation(subnet.id, ip)),
        ...replaced.writes,
      ],
      references: [{ kind: 'SUBNET', id: subnet.id }],
      result: { subnetId: subnet.id, ip },
    };
  });
}

async function requireWithoutAddress(context: Context, guest: Guest): Promise<void> {
  if (guest.hypervisorId !== null) {
    const why = `The guest ${guest.id} is placed: an address is reserved only for one that is not`;
    throw invalidState(guest, why);
  }
  const reservation = await getReservation(context, guest);
  if (reservation === null) return;
  const { ip, subnet } = reservation;
  throw invalidState(
    guest,
    `The address ${ip} of the subnet ${subnet.id} is reserved for the guest ${guest.id}: release it first`,
  );
}

function requireSameNetwork(guest: Guest, subnet: Subnet): void {
  if (subnet.networkId === guest.networkId) return;
  const network = subnet.networkId === null ? 'no network' : `the network ${subnet.networkId}`;
  throw badUserInput(
    'subnetId',
    `The subnet ${subnet.id} is in ${network}, the guest ${guest.id} in the network ${guest.networkId}`,
  );
}

async function addressToReserve(context: Context, subnet: Subnet, given: Argument<string>): Promise<string> {
  if (given !== null && given !== undefined) {
    await requireFree(context, subnet, given);
    return given;
  }
  const ip = await getFreeAddress(context, subnet);
  if (ip !== null) return ip;
  throw new GatewayError(
    'NO_ADDRESS_AVAILABLE',
    `All addresses of the subnet ${subnet.id}, ${subnet.startRange} to ${subnet.endRange}, are held`,
  );
}

async function requireFree(context: Context, subnet: Subnet, ip: string): Promise<void> {
  const address = parseIPAddress(ip);
  if (address === null || !contains(subnet.range, address)) {
    throw badUserInput('ip', `${ip} is not in the range of the subnet ${subnet.id}, ${subnet.startRange} to ${subnet.endRange}`);
  }
  if (ip === subnet.gateway) throw badUserInput('ip', `${ip} is the gateway of the subnet ${subnet.id}`);
  const held = await findAddressKey(context, subnet, ip);
  if (held !== null) requireUnused(`The address ${ip} of the subnet ${subnet.id} is held`, [ownerIdOf(textOfValue(held))]);
}
