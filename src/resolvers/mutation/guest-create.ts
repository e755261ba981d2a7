import type { Context } from '../../context.ts';
import type { DirectoryEntity, StringMap } from '../../store/entities/entity.ts';
import type { FirewallGroup } from '../../store/entities/firewall-group.ts';
import type { Flavor } from '../../store/entities/flavor.ts';
import { encodeGuest, type GuestRecord } from '../../store/entities/guest.ts';
import type { Network } from '../../store/entities/network.ts';
import type { VLANGroup } from '../../store/entities/vlan-group.ts';
import type { Keys } from '../../store/keys.ts';
import type { KindLoader } from '../../store/kind-loader.ts';
import { macOfGuestId } from '../../store/values/mac-address.ts';
import { commit, type Decision, isPresent, type Mutation, put, recordKey } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { type CandidateSearch, prepareSearch } from '../placement/candidate-search.ts';
import { choosePlace } from '../placement/choose.ts';
import { type PlacementPlan, planPlacement } from '../placement/plan.ts';
import type { PlacementStrategy } from '../placement/strategy.ts';
import { requireNetwork, subjectOf } from '../placement/subject.ts';
import { placing } from '../placement/underway.ts';
import { requireNode } from '../require.ts';
import type { Argument } from './given.ts';
import { clearRemains, type GuestRemains, noRemains, remainsOf } from './guest-remains.ts';
import { guestTypeOf } from './guest-type.ts';
import { newMetadata } from './metadata.ts';
import { idOfNewNode, isNewId } from './new-node.ts';

export interface CreateGuestInput {
  readonly id?: Argument<string>;
  readonly metadata?: Argument<StringMap>;
  readonly type: string;
  readonly flavorId: string;
  readonly networkId: string;
  readonly firewallGroupId?: Argument<string>;
  readonly vlanGroupId?: Argument<string>;
  readonly mac?: Argument<string>;
}

export interface CreateGuestArguments {
  readonly input: CreateGuestInput;
  readonly place: boolean;
  readonly strategy: PlacementStrategy;
}

/** `jobId` is that of the job that creates the guest on its hypervisor; null when it was not placed. */
export type CreatedGuest = {
  readonly guestId: string;
  readonly jobId: string | null;
};

/** With `place`, the guest's record and its placement are one commit: there is no guest that could not be placed. */
export function createGuest(mutation: Mutation, { input, place, strategy }: CreateGuestArguments) {
  return placing({ context: mutation.context, isDryRun: false }, (underway) =>
    commit<CreatedGuest>(mutation, async (context, lostRaces) => {
      if (!place) return unplacedGuest(context, await newGuest(context, input));
      await underway.begin({ lostRaces, strategy });
      const options = { strategy, lostRaces, underway };
      const [guest, search] = await Promise.all([newGuest(context, input), prepareSearch(context, options)]);
      return placedGuest(context, guest, search);
    }),
  );
}

interface NewGuest {
  readonly record: GuestRecord;
  readonly flavor: Flavor;
  readonly network: Network;
  /** All that the record refers to. */
  readonly referents: readonly (Flavor | Network | FirewallGroup | VLANGroup)[];
  readonly remains: GuestRemains;
}

async function newGuest(context: Context, input: CreateGuestInput): Promise<NewGuest> {
  const { loaders } = context;
  // Before anything is asked for: what is thrown among promises that run leaves them, and their failures, to nobody.
  const [flavorId, networkId] = [uuidOf('flavorId', input.flavorId), uuidOf('networkId', input.networkId)];
  const [id, flavor, network, firewallGroup, vlanGroup] = await Promise.all([
    idOfNewNode(context, input.id),
    requireNode(loaders.FLAVOR, flavorId),
    requireNetwork(context, networkId),
    requireGiven(loaders.FIREWALL_GROUP, 'firewallGroupId', input.firewallGroupId),
    requireGiven(loaders.VLAN_GROUP, 'vlanGroupId', input.vlanGroupId),
  ]);
  const record: GuestRecord = {
    id,
    metadata: newMetadata(input.metadata),
    type: guestTypeOf(input.type),
    flavorId: flavor.id,
    hypervisorId: null,
    networkId: network.id,
    subnetId: null,
    firewallGroupId: firewallGroup?.id ?? null,
    vlanGroupId: vlanGroup?.id ?? null,
    mac: input.mac ?? macOfGuestId(id),
    ip: null,
    bridge: null,
  };
  const referents = [flavor, network, firewallGroup, vlanGroup].filter((node) => node !== null);
  // Under an id that is new too nobody has left anything.
  const isGiven = input.id !== null && input.id !== undefined;
  return { record, flavor, network, referents, remains: isGiven ? await remainsOf(context, id) : noRemains };
}

async function requireGiven<T extends DirectoryEntity>(
  loader: KindLoader<T>,
  field: string,
  id: Argument<string>,
): Promise<T | null> {
  return id === null || id === undefined ? null : requireNode(loader, uuidOf(field, id));
}

function unplacedGuest({ keys }: Context, guest: NewGuest): Decision<CreatedGuest> {
  const writes = [put(keys.record('GUEST', guest.record.id), encodeGuest(guest.record))];
  return creation(keys, guest, { compares: [], writes, references: [], jobId: null });
}

async function placedGuest(context: Context, guest: NewGuest, search: CandidateSearch): Promise<Decision<CreatedGuest>> {
  const { keys } = context;
  const { record, flavor, network } = guest;
  const subject = await subjectOf(context, { flavor, network, reservation: null });
  const place = await choosePlace(context, { subject, search });
  const newcomer = { id: record.id, directory: keys.directory('GUEST', record.id) };
  const { fields, ...plan } = await planPlacement(context, { guest: newcomer, subject, place });
  const writes = [put(keys.record('GUEST', record.id), encodeGuest({ ...record, ...fields })), ...plan.writes];
  return creation(keys, guest, { ...plan, writes });
}

/** What both ways of creating a guest have in common. */
function creation(
  keys: Keys,
  { record, referents, remains }: NewGuest,
  plan: Omit<PlacementPlan, 'fields' | 'jobId'> & Pick<CreatedGuest, 'jobId'>,
): Decision<CreatedGuest> {
  const cleared = clearRemains(remains, plan.writes);
  return {
    type: 'commit',
    compares: [
      ...isNewId(keys, record.id),
      ...referents.map((node) => isPresent(recordKey(node))),
      ...plan.compares,
      ...cleared.compares,
    ],
    writes: [...plan.writes, ...cleared.writes],
    references: [...referents, ...plan.references],
    result: { guestId: record.id, jobId: plan.jobId },
  };
}
