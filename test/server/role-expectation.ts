import type { NeededRole, Role } from '../../src/auth/index.ts';
import { schema } from '../support/gateway-schema.ts';
import { type RootField, rootFields } from '../support/root-field.ts';

/** What comes of a field that somebody may ask for: the code of its error, or no error and what is said here. */
export type Outcome = 'SOMETHING' | 'NULL' | 'EVENTS' | 'NOT_FOUND' | 'IN_USE';

export const fields = rootFields(schema);

/** As the documents of `rootFields` come to in cluster-a, whoever asks, in the order of the schema. */
const outcomes: Readonly<Record<Outcome, readonly string[]>> = {
  SOMETHING: [
    ...['revision', 'node', 'nodes', 'cluster', 'jobs', 'guests', 'subnets', 'networks', 'hypervisor', 'hypervisors', 'flavors'],
    ...['firewallGroups', 'vlans', 'vlanGroups', 'configEntries', 'brokenRecords'],
    ...[
      'createNetwork',
      'createSubnet',
      'createHypervisor',
      'createFlavor',
      'createFirewallGroup',
      'createVLAN',
      'createVLANGroup',
    ],
    ...['updateHypervisor', 'setHypervisorConfig', 'deleteHypervisorConfig', 'setSchedulable', 'heartbeat'],
    ...['updateVLAN', 'deleteVLAN', 'setConfig', 'deleteConfig'],
  ],
  NULL: ['job', 'guest', 'subnet', 'network', 'flavor', 'firewallGroup', 'vlan', 'vlanGroup', 'configEntry'],
  EVENTS: ['hypervisorHeartbeat', 'guestChanged', 'guestStateChanged', 'jobChanged', 'changes'],
  NOT_FOUND: [
    ...['placementReport', 'updateNetwork', 'deleteNetwork', 'updateSubnet', 'deleteSubnet', 'addSubnetToNetwork'],
    ...['removeSubnetFromNetwork', 'reserveAddress', 'releaseAddress', 'attachSubnet', 'detachSubnet'],
    ...['createGuest', 'placeGuest', 'updateGuest', 'unplaceGuest', 'guestAction', 'fetchImage', 'deleteGuest', 'retryJob'],
    ...['updateFlavor', 'deleteFlavor', 'updateFirewallGroup', 'deleteFirewallGroup'],
    ...['updateVLANGroup', 'deleteVLANGroup', 'addVLANToGroup', 'removeVLANFromGroup'],
  ],
  IN_USE: ['deleteHypervisor'],
};

const outcomeByName = new Map(
  Object.entries(outcomes).flatMap(([outcome, names]) => names.map((name): [string, string] => [name, outcome])),
);

/** Those of whom something is expected, by name. */
export const expectedNames: readonly string[] = Object.values(outcomes).flat();

export function outcomeOf({ name }: RootField): string {
  const outcome = outcomeByName.get(name);
  if (outcome === undefined) throw new Error(`Nothing is expected of ${name}`);
  return outcome;
}

/** Everything else that changes something is for admins. */
const forOperators = [
  ...['createGuest', 'updateGuest', 'deleteGuest', 'placeGuest', 'unplaceGuest', 'guestAction', 'fetchImage', 'retryJob'],
  ...['reserveAddress', 'releaseAddress'],
];
const ranks: Readonly<Record<Role, number>> = { agent: 0, viewer: 1, operator: 2, admin: 3 };

export function neededFor({ operation, name }: RootField): NeededRole {
  if (operation !== 'mutation') return 'viewer';
  return forOperators.includes(name) ? 'operator' : 'admin';
}

export function isAllowed(role: Role, field: RootField): boolean {
  // The arguments name its own hypervisor.
  if (role === 'agent' && field.name === 'heartbeat') return true;
  return ranks[role] >= ranks[neededFor(field)];
}
