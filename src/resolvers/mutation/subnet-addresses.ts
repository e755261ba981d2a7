import type { Context } from '../../context.ts';
import type { Subnet, SubnetRecord } from '../../store/entities/subnet.ts';
import { subkeys } from '../../store/keys.ts';
import { prefixRange } from '../../store/range.ts';
import type { Compare } from '../../store/store.ts';
import { heldAddresses } from '../addressing.ts';
import { isNotNewer } from '../commit/index.ts';
import { requireFreeForGateway, requireGatewayWithin, requireNoneLeftOut, subnetRangeOf } from './subnet-range.ts';

/** Changes to a subnet's addresses: undefined leaves one as it is stored. */
export type NewAddresses = { readonly [K in 'gateway' | 'startRange' | 'endRange']: SubnetRecord[K] | undefined };

/** Refuses to take an address away from whoever holds it. Answers what must hold for that at the commit. */
export async function allowNewAddresses(context: Context, subnet: Subnet, changes: NewAddresses): Promise<Compare[]> {
  const { cidr } = subnet;
  const { gateway, startRange = subnet.startRange, endRange = subnet.endRange } = changes;
  const isMoved = changes.startRange !== undefined || changes.endRange !== undefined;
  const isGatewayNew = gateway !== undefined && gateway !== null;
  if (!isMoved && !isGatewayNew) return [];
  const held = await heldAddresses(context, subnet);
  if (isMoved) {
    const range = subnetRangeOf({ cidr, startRange, endRange }, changes.startRange === undefined ? 'endRange' : 'startRange');
    requireNoneLeftOut(held, subnet.range, range);
  }
  if (isGatewayNew) {
    requireGatewayWithin(cidr, gateway);
    requireFreeForGateway(held, gateway);
  }
  return [await noNewAddresses(context, subnet)];
}

/**
 * Nobody got an address of it since the context's snapshot. That no key lies there would be too much to ask: one that is named
 * after no address is somebody else's, and never goes.
 */
export async function noNewAddresses({ snapshot }: Context, { directory }: Subnet): Promise<Compare> {
  return isNotNewer(prefixRange(directory + subkeys.addresses), await snapshot.revision());
}
