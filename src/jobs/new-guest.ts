import type { NewAgentGuest } from '../agent/index.ts';
import type { Context } from '../context.ts';
import { listBelow } from '../resolvers/below.ts';
import type { Flavor } from '../store/entities/flavor.ts';
import type { Guest } from '../store/entities/guest.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { tagOf } from '../store/entities/vlan.ts';
import { subkeys } from '../store/keys.ts';
import type { KindLoader } from '../store/kind-loader.ts';
import { parseCIDR } from '../store/values/cidr.ts';
import { JobFailedError } from './job-error.ts';

/** The tag of a guest without VLANs. */
const untagged = [1];

/** What the agent is told of a guest, from the records as they are now. Fails with a JobFailedError where one of them is gone. */
export async function newAgentGuest(context: Context, guest: Guest): Promise<NewAgentGuest> {
  const { loaders } = context;
  const [flavor, subnet, vlans] = await Promise.all([
    found(loaders.FLAVOR, guest.flavorId, 'flavor'),
    found(loaders.SUBNET, guest.subnetId, 'subnet'),
    vlansOf(context, guest),
  ]);
  const { memory, cpu, disk } = flavor.resources;
  return {
    id: guest.id,
    type: guest.type,
    imageId: flavor.imageId,
    metadata: guest.metadata,
    memory,
    cpu,
    disk,
    nic: {
      bridge: guest.bridge ?? '',
      mac: guest.mac ?? '',
      address: guest.ip ?? '',
      netmaskHex: netmaskHexOf(subnet),
      gateway: subnet.gateway ?? '',
      vlans,
    },
  };
}

async function found<T extends Flavor | Subnet>(loader: KindLoader<T>, id: string | null, noun: string): Promise<T> {
  const node = id === null ? null : await loader.get(id);
  if (node === null) throw new JobFailedError(id === null ? `The guest has no ${noun}` : `There is no ${noun} ${id} any more`);
  return node;
}

async function vlansOf(context: Context, { vlanGroupId }: Guest): Promise<readonly number[]> {
  const group = vlanGroupId === null ? null : await context.loaders.VLAN_GROUP.get(vlanGroupId);
  if (group === null) return untagged;
  const links = await listBelow(context, group, subkeys.vlans);
  const tags = links.map(({ name }) => tagOf(name)).filter((tag) => tag !== null);
  return tags.length === 0 ? untagged : tags.sort((a, b) => a - b);
}

/** Of `10.0.0.0/24`: `ffffff00`. */
function netmaskHexOf({ cidr }: Subnet): string {
  const network = parseCIDR(cidr);
  if (network === null) throw new Error(`A subnet was read with the CIDR ${cidr}`);
  const bits = network.range.family === 4 ? 32 : 128;
  const mask = ((1n << BigInt(network.prefixLength)) - 1n) << BigInt(bits - network.prefixLength);
  return mask.toString(16).padStart(bits / 4, '0');
}
