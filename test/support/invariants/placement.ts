import { type Keyspace, type Node, textOf } from './keyspace.ts';

/** A guest is wholly placed or wholly unplaced, and all the keys that say where it is agree. */
export function placementViolations(keyspace: Keyspace, foreignGuests: ReadonlySet<string>): string[] {
  return [
    ...keyspace.nodes('guests').flatMap((guest) => (isPlaced(guest) ? placed(keyspace, guest) : unplaced(keyspace, guest))),
    ...guestLinks(keyspace, foreignGuests),
  ];
}

export function isPlaced(guest: Node): boolean {
  return textOf(guest, 'hypervisor') !== '';
}

function placed(keyspace: Keyspace, guest: Node): string[] {
  const [hypervisorId, subnetId, ip] = [textOf(guest, 'hypervisor'), textOf(guest, 'subnet'), textOf(guest, 'ip')];
  const violations: string[] = [];
  const link = `hypervisors/${hypervisorId}/guests/${guest.id}`;
  if (keyspace.value(link) === undefined) violations.push(`${guest.key}: its hypervisor has no ${link}`);
  if (subnetId === '' || ip === '') return [...violations, `${guest.key}: it is placed and has no address`];
  const address = `subnets/${subnetId}/addresses/${ip}`;
  const owner = keyspace.value(address);
  if (owner !== guest.id) {
    violations.push(`${guest.key}: its ${address} is ${owner === undefined ? 'not held' : `held by ${owner}`}`);
  }
  const subnet = keyspace.node('subnets', subnetId);
  if (subnet !== undefined && textOf(subnet, 'network') !== textOf(guest, 'network')) {
    violations.push(`${guest.key}: its subnet ${subnetId} is not in its network`);
  }
  const bridge = keyspace.value(`hypervisors/${hypervisorId}/subnets/${subnetId}`);
  if (bridge === undefined)
    violations.push(`${guest.key}: its subnet ${subnetId} is not attached to its hypervisor ${hypervisorId}`);
  else if (bridge !== textOf(guest, 'bridge')) {
    violations.push(
      `${guest.key}: its bridge is ${JSON.stringify(textOf(guest, 'bridge'))}, its subnet's is ${JSON.stringify(bridge)}`,
    );
  }
  return violations;
}

function unplaced(keyspace: Keyspace, guest: Node): string[] {
  const left = ['subnet', 'ip', 'bridge'].filter((field) => textOf(guest, field) !== '');
  const violations = left.map((field) => `${guest.key}: it is unplaced and has a ${field}`);
  const state = `guests/${guest.id}/state`;
  if (keyspace.value(state) !== undefined) violations.push(`${state}: its guest is unplaced`);
  return violations;
}

function guestLinks(keyspace: Keyspace, foreignGuests: ReadonlySet<string>): string[] {
  return keyspace.below('hypervisors', 'guests').flatMap(({ key, id, name, value }) => {
    if (value !== name) return [`${key}: its value is ${JSON.stringify(value)}`];
    const guest = keyspace.node('guests', name);
    if (foreignGuests.has(name) && (guest === undefined || !isPlaced(guest))) return [];
    if (guest === undefined) return [`${key}: there is no such guest`];
    const hypervisorId = textOf(guest, 'hypervisor');
    return hypervisorId === id ? [] : [`${key}: its guest's hypervisor is ${JSON.stringify(hypervisorId)}`];
  });
}
