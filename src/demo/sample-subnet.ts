import type { SubnetRecord } from '../store/entities/subnet.ts';
import { formatIPAddress, type IPAddress, parseIPAddress } from '../store/values/ip-address.ts';
import { type NetworkName, networks, type SampleNetwork } from './catalog.ts';
import { sampleId } from './random.ts';

/** A subnet that hands out its addresses, each once, in no order that anybody would see. */
export interface SampleSubnet {
  readonly record: SubnetRecord & { readonly networkId: string };
  /** Of its bridge on each hypervisor. */
  readonly bridge: string;
  /** Null when all are taken. */
  takeAddress(): string | null;
}

interface Blueprint {
  readonly network: NetworkName;
  readonly name: string;
  /** On each hypervisor: Linux takes names of up to 15 characters. */
  readonly bridge: string;
  /** Its first address; behind it, up to the next one's, there is room for a /12 (IPv6: a /64). */
  readonly first: string;
  /** How much of its network's guests it must have room for, in hundredths. */
  readonly share: number;
}

const blueprints: readonly Blueprint[] = [
  { network: 'production', name: 'production-front', bridge: 'br-prod-front', first: '10.16.0.0', share: 60 },
  { network: 'production', name: 'production-back', bridge: 'br-prod-back', first: '10.32.0.0', share: 60 },
  { network: 'staging', name: 'staging', bridge: 'br-staging', first: '10.48.0.0', share: 100 },
  { network: 'staging', name: 'staging-v6', bridge: 'br-staging-v6', first: '2001:db8:48::', share: 100 },
  { network: 'lab', name: 'lab', bridge: 'br-lab', first: '10.64.0.0', share: 110 },
];

/** Addresses below are for gateways, name servers and the like. */
const firstOffset = 10;

/** The subnets of a cluster with so many guests: as large as those need, and at least a /24. */
export function planSubnets(guestCount: number): readonly SampleSubnet[] {
  return blueprints.map((blueprint, index) => {
    const network = networkNamed(blueprint.network);
    const needed = Math.ceil((guestCount * network.share * blueprint.share) / 10_000) + 2 * firstOffset;
    return planSubnet({ blueprint, index, network, needed });
  });
}

function networkNamed(name: NetworkName): SampleNetwork {
  const network = networks.find((known) => known.name === name);
  if (network === undefined) throw new Error(`There is no sample network ${name}`);
  return network;
}

interface SubnetPlan {
  readonly blueprint: Blueprint;
  readonly index: number;
  readonly network: SampleNetwork;
  readonly needed: number;
}

function planSubnet({ blueprint, index, network, needed }: SubnetPlan): SampleSubnet {
  const first = parseIPAddress(blueprint.first);
  if (first === null) throw new Error(`${blueprint.first} is no address`);
  const hostBits = Math.max(8, Math.ceil(Math.log2(needed)));
  const count = 2 ** hostBits - 2 * firstOffset;
  const at = (offset: number) => formatIPAddress(behind(first, offset));
  let taken = 0;
  return {
    record: {
      id: sampleId('subnet', index),
      metadata: { name: blueprint.name },
      networkId: network.id,
      cidr: `${at(0)}/${first.family === 4 ? 32 - hostBits : 64}`,
      gateway: at(1),
      startRange: at(firstOffset),
      endRange: at(firstOffset + count - 1),
    },
    bridge: blueprint.bridge,
    takeAddress() {
      if (taken === count) return null;
      // A stride without a factor in common with the count comes by each address once before it repeats.
      return at(firstOffset + ((taken++ * strideFor(count)) % count));
    },
  };
}

function behind({ family, number }: IPAddress, offset: number): IPAddress {
  return { family, number: number + BigInt(offset) };
}

/** About 0.38 of the way each time, so that neighbours in time are far apart. */
function strideFor(count: number): number {
  let stride = Math.max(1, Math.floor(count * 0.38));
  while (greatestCommonDivisor(stride, count) > 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
