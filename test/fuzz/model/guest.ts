import { macOfGuestId } from '../../../src/store/values/mac-address.ts';
import { endJobs, forgetJobs, newJob, state } from './job.ts';
import { type Judge, nothing, type Rule } from './judge.ts';
import { type Json, legal, metadataOf } from './model.ts';
import { type Candidate, candidatesFor, isFree } from './room.ts';

interface PlacementOptions {
  readonly guestId: string;
  readonly candidates: readonly Candidate[];
  /** `<subnet>/<ip>` where one is reserved. */
  readonly reservation: string | undefined;
  readonly strategy: string | undefined;
}

/** The place that was chosen is one of those that could be, and the strategy's first choice. */
function legalPlace(judge: Judge, place: Json, { candidates, reservation, strategy }: PlacementOptions): void {
  const { hypervisorId, subnetId, ip } = place;
  const candidate = candidates.find((one) => one.hypervisorId === hypervisorId);
  legal(candidate?.subnetIds.includes(subnetId) === true, `${hypervisorId} can't get the guest`);
  if (reservation === undefined) legal(isFree(judge.model, subnetId, ip), `${ip} is not free in ${subnetId}`);
  else legal(reservation === `${subnetId}/${ip}`, `${subnetId}/${ip} was taken, and ${reservation} is reserved`);
  const free = candidates.map(({ freeMemory }) => freeMemory);
  const best = strategy === 'SPREAD' ? Math.max(...free) : Math.min(...free);
  const first = candidates.find(({ freeMemory }) => freeMemory === best);
  const isAnyGood = !judge.isAlone || strategy === undefined || strategy === 'RANDOM' || first?.hypervisorId === hypervisorId;
  legal(isAnyGood, `${hypervisorId} is not the first choice of ${strategy}: that is ${first?.hypervisorId}`);
}

function place(judge: Judge, answer: Json, options: PlacementOptions): void {
  const { guestId } = options;
  const { hypervisorId, subnetId, ip, bridge } = answer.guest;
  legalPlace(judge, answer.guest, options);
  const attached = judge.model.value(`hypervisors/${hypervisorId}/subnets/${subnetId}`);
  legal(attached === bridge, `the bridge is ${bridge} instead of ${attached}`);
  judge.model.update(`guests/${guestId}/metadata`, { hypervisor: hypervisorId, subnet: subnetId, ip, bridge });
  judge.model.put(`subnets/${subnetId}/addresses/${ip}`, guestId);
  judge.model.put(`hypervisors/${hypervisorId}/guests/${guestId}`, guestId);
  judge.model.put(`guests/${guestId}/state`, state('PENDING'));
  judge.model.remove(`guests/${guestId}/reservation`);
  newJob(judge, { jobId: answer.job.id, guestId, action: 'fetch' });
  judge.model.placedBy.set(guestId, answer.job.id);
}

const createGuest: Rule = (judge, { input, place: isToBePlaced = true, strategy }) => {
  const id = judge.newId(input.id);
  const flavor = judge.find('flavors', 'flavorId', input.flavorId);
  const network = judge.find('networks', 'networkId', input.networkId);
  const group =
    typeof input.firewallGroupId === 'string' ? judge.find('fwgroups', 'firewallGroupId', input.firewallGroupId) : null;
  const vlanGroup = typeof input.vlanGroupId === 'string' ? judge.find('vlangroups', 'vlanGroupId', input.vlanGroupId) : null;
  if (input.type === '') judge.refuseInput('type');
  if (flavor === null || network === null) return nothing;
  const wish = { flavor: flavor.record, networkId: network.id, reservation: undefined };
  const candidates = isToBePlaced ? candidatesFor(judge.model, wish) : [];
  if (isToBePlaced && candidates.length === 0) judge.refuse('NO_CANDIDATES');
  return (answer) => {
    const guestId = id ?? answer.guest.id;
    judge.model.put(`guests/${guestId}/metadata`, {
      ...{ id: guestId, metadata: metadataOf(input.metadata), type: input.type ?? 'kvm', flavor: flavor.id, hypervisor: '' },
      ...{ network: network.id, subnet: '', fwgroup: group?.id ?? '', vlangroup: vlanGroup?.id ?? '' },
      ...{ mac: input.mac ?? macOfGuestId(guestId), ip: '', bridge: '' },
    });
    if (isToBePlaced) place(judge, answer, { guestId, candidates, reservation: undefined, strategy });
  };
};

const placeGuest: Rule = (judge, { guestId, hypervisorId, strategy, dryRun }) => {
  const guest = judge.find('guests', 'guestId', guestId);
  const hypervisor = hypervisorId === undefined ? null : judge.find('hypervisors', 'hypervisorId', hypervisorId);
  if (guest === null) return nothing;
  if (guest.record.hypervisor !== '') {
    judge.refuse('INVALID_STATE');
    return nothing;
  }
  const reservation = judge.model.value(`guests/${guest.id}/reservation`);
  const flavor = judge.model.node('flavors', guest.record.flavor);
  const all = candidatesFor(judge.model, { flavor, networkId: guest.record.network, reservation });
  const candidates = hypervisorId === undefined ? all : all.filter((one) => one.hypervisorId === hypervisor?.id);
  if (candidates.length === 0) judge.refuse('NO_CANDIDATES');
  const options = { guestId: guest.id, candidates, reservation, strategy };
  return (answer) => {
    legal(answer.committed === (dryRun !== true), 'it says wrongly whether it was committed');
    const chosen = { hypervisorId: answer.hypervisor.id, subnetId: answer.subnet.id, ip: answer.ip };
    legalPlace(judge, chosen, options);
    if (dryRun !== true) place(judge, answer, options);
  };
};

const unplaceGuest: Rule = (judge, { guestId }) => {
  const guest = judge.find('guests', 'guestId', guestId);
  if (guest === null) return nothing;
  const { hypervisor, subnet, ip } = guest.record;
  const isAlive = judge.model.value(`hypervisors/${hypervisor}/heartbeat`) !== undefined;
  const stored = judge.model.value(`guests/${guest.id}/state`);
  if (hypervisor === '' || (isAlive && !['PENDING', 'ERROR', 'UNKNOWN'].includes(stored.state))) judge.refuse('INVALID_STATE');
  return () => {
    if (endJobs(judge, guest.id)) forgetJobs(judge, guest.id);
    judge.model.update(guest.key, { hypervisor: '', subnet: '', ip: '', bridge: '' });
    judge.model.remove(`guests/${guest.id}/state`);
    judge.model.remove(`subnets/${subnet}/addresses/${ip}`);
    judge.model.remove(`hypervisors/${hypervisor}/guests/${guest.id}`);
  };
};

const updateGuest: Rule = (judge, { input }) => {
  const found = judge.find('guests', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  for (const field of ['type', 'flavorId']) judge.notNull(field, input[field]);
  if (input.type === '') judge.refuseInput('type');
  const flavor = typeof input.flavorId === 'string' ? judge.find('flavors', 'flavorId', input.flavorId) : null;
  const group =
    typeof input.firewallGroupId === 'string' ? judge.find('fwgroups', 'firewallGroupId', input.firewallGroupId) : null;
  const vlanGroup = typeof input.vlanGroupId === 'string' ? judge.find('vlangroups', 'vlanGroupId', input.vlanGroupId) : null;
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  const isOther = typeof input.flavorId === 'string' && found.record.flavor !== flavor?.id;
  if (isOther && found.record.hypervisor !== '') judge.refuse('INVALID_STATE');
  return () =>
    judge.model.update(found.key, {
      ...{ metadata, type: input.type, flavor: flavor?.id, fwgroup: cleared(input.firewallGroupId, group?.id) },
      ...{ vlangroup: cleared(input.vlanGroupId, vlanGroup?.id), mac: input.mac === null ? macOfGuestId(found.id) : input.mac },
    });
};

function cleared(given: Json, id: string | undefined): string | undefined {
  return given === null ? '' : id;
}

const deleteGuest: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('guests', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  return (answer) => {
    if (found.record.hypervisor === '') {
      legal(answer.deletedId === found.id && answer.job === null, 'it was to be gone at once');
      const reservation = judge.model.value(`guests/${found.id}/reservation`);
      if (reservation !== undefined) judge.model.remove(`subnets/${reservation.replace('/', '/addresses/')}`);
      endJobs(judge, found.id);
      judge.model.removeAll(`guests/${found.id}/`);
      return;
    }
    legal(answer.deletedId === null && answer.guest.id === found.id, 'it waits for its job');
    const jobs = judge.model.nodes('jobs').filter(({ record }) => record.guest === found.id);
    const earlier = jobs.find(({ record }) => record.action === 'delete' && record.status === 'new');
    legal(earlier === undefined || earlier.id === answer.job.id, 'it has a job that deletes it');
    if (earlier !== undefined) return;
    newJob(judge, { jobId: answer.job.id, guestId: found.id, action: 'delete' });
    judge.model.put(`guests/${found.id}/state`, state('DELETING'));
  };
};

export const guestRules: Readonly<Record<string, Rule>> = {
  createGuest,
  placeGuest,
  unplaceGuest,
  updateGuest,
  deleteGuest,
};
