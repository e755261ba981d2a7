import { pick } from '../../support/random.ts';
import { id } from '../../support/record.ts';
import type { AnyAnswer, Operation } from './operation.ts';
import {
  addSubnetToNetwork,
  attachSubnet,
  createFirewallGroup,
  createFlavor,
  createSubnet,
  deleteFirewallGroup,
  deleteFlavor,
  deleteSubnet,
  detachSubnet,
  heartbeat,
  removeSubnetFromNetwork,
  updateFirewallGroup,
  updateFlavor,
} from './operation.ts';
import type { Race } from './race.ts';
import { changing, changingHypervisor, fickleHypervisor, fickleMemory, networks } from './world.ts';

/** Creates, changes and deletes, through the gateways, what the guests of others refer to, until the race is over. */
export async function writeInventory(race: Race, random: () => number): Promise<void> {
  while (!race.isOver()) {
    const operation = pick([nextOfFlavor, nextOfFirewallGroup, nextOfSubnet, nextReport], random)(random);
    await race.sender.send(operation, random);
  }
}

type NextOperation = (random: () => number) => Operation<AnyAnswer>;

const nextOfFlavor: NextOperation = (random) => {
  const flavorId = pick(changing.flavors, random);
  const resources = { memory: 100 + 100 * Math.floor(3 * random()), disk: 100, cpu: 1 };
  return pick(
    [
      () => createFlavor({ input: { id: flavorId, imageId: id('e', 1), resources } }),
      () => updateFlavor({ input: { id: flavorId, resources } }),
      () => deleteFlavor({ id: flavorId }),
    ],
    random,
  )();
};

const nextOfFirewallGroup: NextOperation = (random) => {
  const groupId = pick(changing.firewallGroups, random);
  const others = changing.firewallGroups.filter((other) => other !== groupId);
  const rule = { portStart: 22, portEnd: 22, protocol: 'tcp', action: 'allow' };
  const rules = random() < 0.3 ? [{ ...rule, sourceGroupId: pick(others, random) }] : [{ ...rule, source: '10.0.0.0/8' }];
  return pick(
    [
      () => createFirewallGroup({ input: { id: groupId, rules } }),
      () => updateFirewallGroup({ input: { id: groupId, rules } }),
      () => deleteFirewallGroup({ id: groupId }),
    ],
    random,
  )();
};

const nextReport: NextOperation = (random) => {
  const size = { memory: Number(pick(fickleMemory, random)), disk: 5000, cpu: 64 };
  return heartbeat({ hypervisorId: fickleHypervisor, ttlSeconds: 60, resources: { total: size, available: size } });
};

const nextOfSubnet: NextOperation = (random) => {
  const subnetId = pick(changing.subnets, random);
  const start = `10.2.${changing.subnets.indexOf(subnetId)}`;
  const range = { cidr: `${start}.0/29`, gateway: `${start}.1`, startRange: `${start}.1`, endRange: `${start}.6` };
  const networkId = networks.changing;
  const attachment = { hypervisorId: changingHypervisor, subnetId };
  const inNetwork = random() < 0.7 ? { networkId } : {};
  return pick(
    [
      () => createSubnet({ input: { id: subnetId, ...range, ...inNetwork } }),
      () => addSubnetToNetwork({ networkId, subnetId }),
      () => attachSubnet({ ...attachment, bridge: pick(['br0', 'br1'], random) }),
      () => detachSubnet(attachment),
      () => removeSubnetFromNetwork({ networkId, subnetId }),
      () => deleteSubnet({ id: subnetId }),
    ],
    random,
  )();
};
