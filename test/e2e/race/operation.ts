/** A mutation as a client sends it. T is what its payload is asked for. */
export interface Operation<_T> {
  readonly field: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface GuestAnswer {
  readonly guest: {
    readonly id: string;
    readonly revision: string;
    readonly hypervisorId: string | null;
    readonly ip: string | null;
  };
}

export interface AddressAnswer {
  readonly address: { readonly ip: string };
}

/** Of those whose answer nobody looks into. */
export type AnyAnswer = Readonly<Record<string, unknown>>;

/** The types of the variables, in the order of the arguments; each argument has the name of its variable. */
interface Shape {
  readonly args: Readonly<Record<string, string>>;
  readonly selection: string;
}

const guest = 'guest { id revision hypervisorId ip }';

function operation<T>(field: string, { args, selection }: Shape): (variables: Operation<T>['variables']) => Operation<T> {
  const types = Object.entries(args).map(([name, type]) => `$${name}: ${type}`);
  const values = Object.keys(args).map((name) => `${name}: $${name}`);
  const document = `mutation (${types.join(', ')}) { answer: ${field}(${values.join(', ')}) { ${selection} } }`;
  return (variables) => ({ field, document, variables });
}

export const createGuest = operation<GuestAnswer>('createGuest', {
  args: { input: 'CreateGuestInput!', place: 'Boolean!', strategy: 'PlacementStrategy! = RANDOM' },
  selection: `${guest} job { id }`,
});
export const placeGuest = operation<GuestAnswer>('placeGuest', {
  args: { guestId: 'ID!', hypervisorId: 'ID', strategy: 'PlacementStrategy! = RANDOM', dryRun: 'Boolean! = false' },
  selection: `${guest} ip committed job { id }`,
});
export const unplaceGuest = operation<GuestAnswer>('unplaceGuest', { args: { guestId: 'ID!' }, selection: guest });
export const updateGuest = operation<GuestAnswer>('updateGuest', { args: { input: 'UpdateGuestInput!' }, selection: guest });
export const deleteGuest = operation<{ readonly deletedId: string | null }>('deleteGuest', {
  args: { id: 'ID!', ifRevision: 'Revision!' },
  selection: 'deletedId',
});
export const reserveAddress = operation<AddressAnswer>('reserveAddress', {
  args: { subnetId: 'ID!', guestId: 'ID!', ip: 'IPAddress' },
  selection: 'address { ip }',
});
export const releaseAddress = operation<AnyAnswer>('releaseAddress', {
  args: { subnetId: 'ID!', ip: 'IPAddress!' },
  selection: 'subnet { id }',
});
export const heartbeat = operation<AnyAnswer>('heartbeat', {
  args: { hypervisorId: 'ID!', ttlSeconds: 'Int!', resources: 'HeartbeatResourcesInput' },
  selection: 'hypervisor { id isAlive }',
});
export const createFlavor = operation<AnyAnswer>('createFlavor', {
  args: { input: 'CreateFlavorInput!' },
  selection: 'flavor { id }',
});
export const updateFlavor = operation<AnyAnswer>('updateFlavor', {
  args: { input: 'UpdateFlavorInput!' },
  selection: 'flavor { id }',
});
export const deleteFlavor = operation<AnyAnswer>('deleteFlavor', { args: { id: 'ID!' }, selection: 'deletedId' });
export const createFirewallGroup = operation<AnyAnswer>('createFirewallGroup', {
  args: { input: 'CreateFirewallGroupInput!' },
  selection: 'firewallGroup { id }',
});
export const updateFirewallGroup = operation<AnyAnswer>('updateFirewallGroup', {
  args: { input: 'UpdateFirewallGroupInput!' },
  selection: 'firewallGroup { id }',
});
export const deleteFirewallGroup = operation<AnyAnswer>('deleteFirewallGroup', {
  args: { id: 'ID!' },
  selection: 'deletedId',
});
export const createSubnet = operation<AnyAnswer>('createSubnet', {
  args: { input: 'CreateSubnetInput!' },
  selection: 'subnet { id }',
});
export const deleteSubnet = operation<AnyAnswer>('deleteSubnet', { args: { id: 'ID!' }, selection: 'deletedId' });
export const addSubnetToNetwork = operation<AnyAnswer>('addSubnetToNetwork', {
  args: { networkId: 'ID!', subnetId: 'ID!' },
  selection: 'subnet { id }',
});
export const removeSubnetFromNetwork = operation<AnyAnswer>('removeSubnetFromNetwork', {
  args: { networkId: 'ID!', subnetId: 'ID!' },
  selection: 'subnet { id }',
});
export const attachSubnet = operation<AnyAnswer>('attachSubnet', {
  args: { hypervisorId: 'ID!', subnetId: 'ID!', bridge: 'String!' },
  selection: 'hypervisor { id }',
});
export const detachSubnet = operation<AnyAnswer>('detachSubnet', {
  args: { hypervisorId: 'ID!', subnetId: 'ID!' },
  selection: 'hypervisor { id }',
});
