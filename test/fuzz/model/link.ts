import type { Judge } from './judge.ts';
import { nothing, type Rule } from './judge.ts';
import { type Json, legal, metadataOf } from './model.ts';
import { type AddressRange, freeAddresses, isFree, isWithin, numberOf, rangeOfCidr } from './room.ts';

/** Who holds an address of a subnet, by address. */
function held({ model }: Judge, subnetId: string): readonly (readonly [ip: string, owner: string])[] {
  return model.below(`subnets/${subnetId}/addresses/`);
}

interface NewMember {
  readonly networkId: string;
  readonly subnetId: string;
  readonly cidr: string;
  readonly field: string;
}

/** Refuses a subnet that overlaps another one of the network. */
function overlap(judge: Judge, { networkId, subnetId, cidr, field }: NewMember): void {
  const range = rangeOfCidr(cidr);
  for (const { id, record } of judge.model.nodes('subnets')) {
    const other = rangeOfCidr(record.cidr);
    if (record.network !== networkId || id === subnetId) continue;
    if (range.first <= other.last && other.first <= range.last) judge.refuseInput(field);
  }
}

const createSubnet: Rule = (judge, { input }) => {
  const { cidr, startRange, endRange, gateway, networkId } = input;
  const id = judge.newId(input.id);
  const range = rangeOfCidr(cidr);
  for (const [field, ip] of Object.entries({ startRange, endRange, gateway })) {
    if (typeof ip === 'string' && !isWithin(range, ip)) judge.refuseInput(field);
  }
  if (numberOf(startRange) > numberOf(endRange)) judge.refuseInput('startRange');
  const network = networkId === undefined ? null : judge.find('networks', 'networkId', networkId);
  if (network !== null) overlap(judge, { networkId: network.id, subnetId: id ?? '', cidr, field: 'cidr' });
  return ({ subnet }) => {
    const subnetId = id ?? subnet.id;
    judge.model.put(`subnets/${subnetId}/metadata`, {
      ...{ id: subnetId, metadata: metadataOf(input.metadata), network: network?.id ?? '', gateway: gateway ?? '', cidr },
      ...{ start: startRange, end: endRange },
    });
    if (network !== null) judge.model.put(`networks/${network.id}/subnets/${subnetId}`, '');
  };
};

const updateSubnet: Rule = (judge, { input }) => {
  const found = judge.find('subnets', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  for (const field of ['startRange', 'endRange']) judge.notNull(field, input[field]);
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  const { cidr, start, end, gateway } = found.record;
  const [first, last] = [input.startRange ?? start, input.endRange ?? end];
  if (first !== start || last !== end) moved(judge, { subnetId: found.id, first, last });
  const isGatewayNew = typeof input.gateway === 'string' && input.gateway !== gateway;
  const isHeld = held(judge, found.id).some(([ip]) => ip === input.gateway);
  if (isGatewayNew && (isHeld || !isWithin(rangeOfCidr(cidr), input.gateway))) judge.refuseInput('gateway');
  const newGateway = input.gateway === null ? '' : input.gateway;
  return () => judge.model.update(found.key, { metadata, gateway: newGateway, start: input.startRange, end: input.endRange });
};

/** A new range lies in the subnet, and leaves out no address that is held. */
function moved(
  judge: Judge,
  { subnetId, first, last }: { readonly subnetId: string; readonly first: string; readonly last: string },
): void {
  const { cidr, start, end } = judge.model.node('subnets', subnetId);
  const range: AddressRange = { first: numberOf(first), last: numberOf(last) };
  if (!isWithin(rangeOfCidr(cidr), first)) judge.refuseInput('startRange');
  if (!isWithin(rangeOfCidr(cidr), last)) judge.refuseInput('endRange');
  // Blamed is the one that was given.
  if (range.first > range.last) judge.refuseInput(first === start ? 'endRange' : 'startRange');
  for (const [ip] of held(judge, subnetId)) {
    if (isWithin(range, ip) || !isWithin({ first: numberOf(start), last: numberOf(end) }, ip)) continue;
    judge.refuseInput(numberOf(ip) < range.first ? 'startRange' : 'endRange');
  }
}

const deleteSubnet: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('subnets', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  const attached = judge.model
    .nodes('hypervisors')
    .filter((one) => judge.model.value(`hypervisors/${one.id}/subnets/${found.id}`) !== undefined);
  judge.inUse([...held(judge, found.id).map(([, owner]) => owner), ...attached.map((one) => one.id)]);
  return () => {
    judge.model.removeAll(`subnets/${found.id}/`);
    judge.model.remove(`networks/${found.record.network}/subnets/${found.id}`);
  };
};

const addSubnetToNetwork: Rule = (judge, { networkId, subnetId }) => {
  const network = judge.find('networks', 'networkId', networkId);
  const subnet = judge.find('subnets', 'subnetId', subnetId);
  if (network === null || subnet === null) return nothing;
  if (subnet.record.network === network.id) return nothing;
  if (subnet.record.network !== '') judge.refuse('INVALID_STATE');
  overlap(judge, { networkId: network.id, subnetId: subnet.id, cidr: subnet.record.cidr, field: 'subnetId' });
  return () => {
    judge.model.update(subnet.key, { network: network.id });
    judge.model.put(`networks/${network.id}/subnets/${subnet.id}`, '');
  };
};

const removeSubnetFromNetwork: Rule = (judge, { networkId, subnetId }) => {
  const id = judge.id('subnetId', subnetId);
  const network = judge.find('networks', 'networkId', networkId);
  if (network === null || id === null) return nothing;
  const link = `networks/${network.id}/subnets/${id}`;
  if (judge.model.value(link) === undefined) {
    judge.refuse('NOT_FOUND', 'SUBNET', id);
    return nothing;
  }
  judge.inUse(held(judge, id).map(([, owner]) => owner));
  return () => {
    judge.model.update(`subnets/${id}/metadata`, { network: '' });
    judge.model.remove(link);
  };
};

const reserveAddress: Rule = (judge, { subnetId, guestId, ip }) => {
  const guest = judge.find('guests', 'guestId', guestId);
  const subnet = judge.find('subnets', 'subnetId', subnetId);
  if (guest === null || subnet === null) return nothing;
  const reservation = `guests/${guest.id}/reservation`;
  if (guest.record.hypervisor !== '' || judge.model.value(reservation) !== undefined) judge.refuse('INVALID_STATE');
  if (guest.record.network !== subnet.record.network) judge.refuseInput('subnetId');
  if (ip === undefined) {
    if (freeAddresses(judge.model, subnet.id).length === 0) judge.refuse('NO_ADDRESS_AVAILABLE');
  } else {
    const owner = judge.model.value(`subnets/${subnet.id}/addresses/${ip}`);
    if (owner !== undefined) judge.inUse([owner]);
    else if (!isFree(judge.model, subnet.id, ip)) judge.refuseInput('ip');
  }
  return ({ address }) => {
    legal(isFree(judge.model, subnet.id, address.ip), `${address.ip} is not free in ${subnet.id}`);
    legal(ip === undefined || address.ip === ip, `${address.ip} was reserved instead of ${ip}`);
    judge.model.put(`subnets/${subnet.id}/addresses/${address.ip}`, guest.id);
    judge.model.put(reservation, `${subnet.id}/${address.ip}`);
  };
};

const releaseAddress: Rule = (judge, { subnetId, ip }) => {
  const subnet = judge.find('subnets', 'subnetId', subnetId);
  if (subnet === null) return nothing;
  const key = `subnets/${subnet.id}/addresses/${ip}`;
  const owner = judge.model.value(key);
  if (owner === undefined) judge.refuse('NOT_FOUND', 'ADDRESS', ip);
  else if (judge.model.node('guests', owner).ip === ip) judge.inUse([owner]);
  return () => {
    judge.model.remove(key);
    judge.model.remove(`guests/${owner}/reservation`);
  };
};

/** The guests on a hypervisor with an address of the subnet. */
function guestsOn(judge: Judge, hypervisorId: string, subnetId: string): string[] {
  return judge.guestsWith('hypervisor', hypervisorId).filter((guest) => judge.model.node('guests', guest).subnet === subnetId);
}

const attachSubnet: Rule = (judge, { hypervisorId, subnetId, bridge }) => {
  if (bridge === '' || bridge.length > 15 || /[\s/]/.test(bridge)) judge.refuseInput('bridge');
  const hypervisor = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  const subnet = judge.find('subnets', 'subnetId', subnetId);
  if (hypervisor === null || subnet === null) return nothing;
  const key = `hypervisors/${hypervisor.id}/subnets/${subnet.id}`;
  const stored: Json = judge.model.value(key);
  if (stored !== undefined && stored !== bridge) judge.inUse(guestsOn(judge, hypervisor.id, subnet.id));
  return () => judge.model.put(key, bridge);
};

const detachSubnet: Rule = (judge, { hypervisorId, subnetId }) => {
  const hypervisor = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  const id = judge.id('subnetId', subnetId);
  if (hypervisor === null || id === null) return nothing;
  const key = `hypervisors/${hypervisor.id}/subnets/${id}`;
  if (judge.model.value(key) === undefined) judge.refuse('NOT_FOUND', 'SUBNET', id);
  judge.inUse(guestsOn(judge, hypervisor.id, id));
  return () => judge.model.remove(key);
};

export const linkRules: Readonly<Record<string, Rule>> = {
  createSubnet,
  updateSubnet,
  deleteSubnet,
  addSubnetToNetwork,
  removeSubnetFromNetwork,
  reserveAddress,
  releaseAddress,
  attachSubnet,
  detachSubnet,
};
