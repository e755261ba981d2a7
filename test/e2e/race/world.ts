import type { Resources } from '../../../src/store/entities/entity.ts';
import { encodeFlavor } from '../../../src/store/entities/flavor.ts';
import { encodeHypervisor } from '../../../src/store/entities/hypervisor.ts';
import { encodeNetwork } from '../../../src/store/entities/network.ts';
import { encodeSubnet } from '../../../src/store/entities/subnet.ts';
import { keyFromText } from '../../../src/store/range.ts';
import type { Write } from '../../../src/store/store.ts';
import { id } from '../../support/record.ts';

export const prefix = 'lochness/';

/** Of one network there are fewer addresses than guests want, of another fewer megabytes, and the third has subnets that come and go. */
export const networks = { fewAddresses: id('a', 1), littleMemory: id('a', 2), changing: id('a', 3) };
export const subnets = { fewAddresses: id('b', 1), littleMemory: id('b', 2) };
/** 62 of them can be handed out: the last one is the gateway. */
export const fewAddresses = { network: '10.0.0', first: 1, last: 63, gateway: 63 };

export const flavors: Readonly<Record<string, Resources>> = {
  [id('f', 1)]: { memory: 100n, disk: 1000n, cpu: 1n },
  [id('f', 2)]: { memory: 250n, disk: 500n, cpu: 2n },
};
export const flavorIds = Object.keys(flavors);
/** Those that come and go. */
export const changing = {
  flavors: [11, 12, 13, 14, 15, 16, 17, 18].map((number) => id('f', number)),
  firewallGroups: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => id('7', number)),
  subnets: [11, 12, 13].map((number) => id('b', number)),
};

interface HypervisorInWorld {
  readonly total: Resources;
  readonly available: Resources;
  readonly subnets: readonly string[];
}

const medium = { memory: 2500n, disk: 20_000n, cpu: 64n };
const small = { memory: 700n, disk: 5000n, cpu: 64n };
const roomy = { memory: 1_000_000n, disk: 1_000_000n, cpu: 1000n };

/** Four where the addresses are fewer than the room, two that are full with a handful of guests, and one with room to spare. */
export const hypervisors: Readonly<Record<string, HypervisorInWorld>> = {
  [id('d', 1)]: { total: medium, available: medium, subnets: [subnets.fewAddresses] },
  [id('d', 2)]: { total: medium, available: medium, subnets: [subnets.fewAddresses] },
  [id('d', 3)]: { total: medium, available: medium, subnets: [subnets.fewAddresses] },
  // The larger flavor does not fit into what it reports, the smaller one does.
  [id('d', 4)]: { total: medium, available: { ...medium, memory: 200n }, subnets: [subnets.fewAddresses] },
  [id('d', 5)]: { total: small, available: small, subnets: [subnets.littleMemory] },
  [id('d', 6)]: { total: small, available: small, subnets: [subnets.littleMemory] },
  [id('d', 7)]: { total: roomy, available: roomy, subnets: [subnets.fewAddresses] },
};
export const hypervisorIds = Object.keys(hypervisors);
export const roomyHypervisor = id('d', 7);
/** It reports now more, now less than it has. */
export const fickleHypervisor = id('d', 5);
export const fickleMemory = [700n, 300n];
/** The subnets that come and go are attached to this one. */
export const changingHypervisor = id('d', 1);

/** What is there before the race, as the Go tools write it. */
export function worldWrites(): Write[] {
  const metadata = {};
  const { network: start, first, last, gateway } = fewAddresses;
  const tight = {
    ...{ networkId: networks.fewAddresses, gateway: `${start}.${gateway}`, cidr: `${start}.0/26` },
    ...{ startRange: `${start}.${first}`, endRange: `${start}.${last}` },
  };
  const wide = {
    networkId: networks.littleMemory,
    gateway: null,
    cidr: '10.1.0.0/24',
    startRange: '10.1.0.1',
    endRange: '10.1.0.254',
  };
  const entries: Record<string, Buffer | string> = {
    [`subnets/${subnets.fewAddresses}/metadata`]: encodeSubnet({ id: subnets.fewAddresses, metadata, ...tight }),
    [`subnets/${subnets.littleMemory}/metadata`]: encodeSubnet({ id: subnets.littleMemory, metadata, ...wide }),
    [`networks/${networks.fewAddresses}/subnets/${subnets.fewAddresses}`]: '',
    [`networks/${networks.littleMemory}/subnets/${subnets.littleMemory}`]: '',
  };
  for (const network of Object.values(networks)) {
    entries[`networks/${network}/metadata`] = encodeNetwork({ id: network, metadata });
  }
  for (const [flavor, resources] of Object.entries(flavors)) {
    entries[`flavors/${flavor}/metadata`] = encodeFlavor({ id: flavor, imageId: id('e', 1), metadata, resources });
  }
  for (const [hypervisor, { total, available, subnets: attached }] of Object.entries(hypervisors)) {
    const resources = { totalResources: total, availableResources: available };
    const record = { id: hypervisor, metadata, ip: '192.0.2.1', netmask: null, gateway: null, mac: null, ...resources };
    entries[`hypervisors/${hypervisor}/metadata`] = encodeHypervisor(record);
    for (const subnet of attached) entries[`hypervisors/${hypervisor}/subnets/${subnet}`] = 'br0';
  }
  return Object.entries(entries).map(([key, value]) => plainPut(key, value));
}

export function plainPut(key: string, value: Buffer | string): Write {
  return { type: 'put', key: keyFromText(prefix + key), value: Buffer.from(value) };
}

export function plainDelete(key: string): Write {
  return { type: 'delete', range: { start: keyFromText(prefix + key) } };
}
