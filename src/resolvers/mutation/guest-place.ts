import type { Context } from '../../context.ts';
import { type Guest, guestFields } from '../../store/entities/guest.ts';
import { subkeys } from '../../store/keys.ts';
import { commit, type Mutation, remove, rewrite } from '../commit/index.ts';
import { type GuestKeys, getGuestKeys } from '../guest-keys.ts';
import { uuidOf } from '../id.ts';
import { prepareSearch, type SearchOptions } from '../placement/candidate-search.ts';
import { choosePlace, type Place, placeOn } from '../placement/choose.ts';
import { planPlacement } from '../placement/plan.ts';
import type { PlacementStrategy } from '../placement/strategy.ts';
import { type PlacementSubject, subjectOfGuest } from '../placement/subject.ts';
import { placing, type Underway } from '../placement/underway.ts';
import { requireNode } from '../require.ts';
import type { Argument } from './given.ts';
import { guestIsStill } from './guest-guard.ts';
import { addressesOf, type Removal, removalOf } from './guest-holding.ts';
import { invalidState } from './invalid-state.ts';

export interface PlaceGuestArguments {
  readonly guestId: string;
  /** This one or none; when it is left out, any that the strategy chooses. */
  readonly hypervisorId?: Argument<string>;
  readonly strategy: PlacementStrategy;
  /** Decides, and changes nothing. */
  readonly dryRun: boolean;
}

/** Where the guest was placed, or would be. */
export type PlacedGuestResult = {
  readonly guestId: string;
  readonly hypervisorId: string;
  readonly subnetId: string;
  readonly ip: string;
  readonly committed: boolean;
  readonly jobId: string | null;
};

export function placeGuest(mutation: Mutation, args: PlaceGuestArguments) {
  const guestId = uuidOf('guestId', args.guestId);
  const hypervisorId = typeof args.hypervisorId === 'string' ? uuidOf('hypervisorId', args.hypervisorId) : null;
  return placing({ context: mutation.context, isDryRun: args.dryRun }, (underway) =>
    commit<PlacedGuestResult>(mutation, async (context, lostRaces) => {
      await underway.begin({ lostRaces, strategy: hypervisorId === null ? args.strategy : null });
      const [guest, findPlace] = await Promise.all([
        requireUnplaced(context, guestId),
        hypervisorId === null
          ? placeAnywhere(context, { strategy: args.strategy, lostRaces, underway })
          : placeThere(context, hypervisorId, underway),
      ]);
      const [subject, keys] = await Promise.all([subjectOfGuest(context, guest), getGuestKeys(context, guest)]);
      const place = await findPlace(subject);
      const { fields, jobId, ...plan } = await planPlacement(context, { guest, subject, place });
      const { ip, subnetId } = fields;
      const placed = { guestId: guest.id, hypervisorId: fields.hypervisorId, subnetId, ip };
      if (args.dryRun) return { type: 'answer', isKept: false, result: { ...placed, committed: false, jobId: null } };
      const released = await releaseOthers(context, { guest, keys, place });
      return {
        type: 'commit',
        compares: [...guestIsStill(guest, keys), ...plan.compares, ...released.compares],
        writes: [...(await rewrite(context, guest, guestFields(fields))), ...plan.writes, ...released.writes],
        references: plan.references,
        result: { ...placed, committed: true, jobId },
      };
    }),
  );
}

/** Finds a place for what is to be placed. What does not depend on that was read before. */
type FindPlace = (subject: PlacementSubject) => Promise<Place>;

async function placeAnywhere(context: Context, options: SearchOptions): Promise<FindPlace> {
  const search = await prepareSearch(context, options);
  return (subject) => choosePlace(context, { subject, search });
}

async function placeThere(context: Context, hypervisorId: string, underway: Underway): Promise<FindPlace> {
  underway.announce(hypervisorId);
  const hypervisor = await requireNode(context.loaders.HYPERVISOR, hypervisorId);
  return (subject) => placeOn(context, subject, hypervisor);
}

async function requireUnplaced(context: Context, guestId: string): Promise<Guest> {
  const guest = await requireNode(context.loaders.GUEST, guestId);
  if (guest.hypervisorId === null) return guest;
  throw invalidState(guest, `The guest ${guest.id} is placed already, on the hypervisor ${guest.hypervisorId}`);
}

interface Holder {
  readonly guest: Guest;
  readonly keys: GuestKeys;
  readonly place: Place;
}

/**
 * The guest's reservation has served its purpose. A void one may still hold an address, in a subnet whose record is gone, and another
 * tool's record may name one although it is unplaced: nobody would find these again.
 */
async function releaseOthers(context: Context, { guest, keys, place: { opening } }: Holder): Promise<Removal> {
  const taken = opening.subnet.directory + subkeys.addresses + opening.ip;
  const { placed, reserved } = await addressesOf(context, guest, keys);
  const { compares, writes } = removalOf([placed, reserved].filter((address) => address?.key !== taken));
  const spent = keys.reservation === null ? [] : [remove(guest.directory + subkeys.reservation)];
  return { compares, writes: [...writes, ...spent] };
}
