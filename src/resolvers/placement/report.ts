import type { Context } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import type { Resources } from '../../store/entities/entity.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import type { PlacementFilter, PlacementReason } from './filter.ts';
import { inOrderOf, type PlacementStrategy } from './strategy.ts';
import { type PlacementSubject, requireNetwork, subjectOf, subjectOfGuest } from './subject.ts';
import { judge, passes, readProspects, type Verdict } from './verdict.ts';

export interface PlacementCandidate {
  readonly hypervisor: Hypervisor;
  /** From 1: the strategy's first choice. */
  readonly rank: number;
  /** Those that have an address for the guest. */
  readonly subnets: readonly Subnet[];
  readonly freeResources: Resources;
}

export interface PlacementRejection {
  readonly hypervisor: Hypervisor;
  /** The first that it failed. */
  readonly filter: PlacementFilter;
  readonly reasons: readonly PlacementReason[];
}

export interface PlacementReport {
  /** In the order of the strategy. */
  readonly candidates: readonly PlacementCandidate[];
  /** By id. */
  readonly rejected: readonly PlacementRejection[];
}

/** Exactly one of the two. */
export interface PlacementQuestion {
  readonly guestId?: string | null | undefined;
  readonly spec?: { readonly flavorId: string; readonly networkId: string } | null | undefined;
}

/** A guest that is placed already is looked at as one that is to be placed anew: what it has where it is counts there. */
export async function placementReport(
  context: Context,
  { for: question, strategy }: { readonly for: PlacementQuestion; readonly strategy: PlacementStrategy },
): Promise<PlacementReport> {
  const verdicts = await judgeAll(context, await subjectInQuestion(context, question));
  const candidates = inOrderOf(strategy, { candidates: verdicts.filter(passes), random: context.random });
  return {
    candidates: candidates.map(({ hypervisor, openings, free }, index) => ({
      hypervisor,
      rank: index + 1,
      subnets: openings.map(({ subnet }) => subnet),
      freeResources: free,
    })),
    rejected: verdicts.flatMap(({ hypervisor, reasons }) =>
      reasons.slice(0, 1).map(({ filter }) => ({ hypervisor, filter, reasons })),
    ),
  };
}

async function subjectInQuestion(context: Context, { guestId, spec }: PlacementQuestion): Promise<PlacementSubject> {
  const { loaders } = context;
  if (typeof guestId === 'string') {
    return subjectOfGuest(context, await requireNode(loaders.GUEST, uuidOf('guestId', guestId)));
  }
  if (spec === null || spec === undefined) throw badUserInput('for', 'Ask for either a guest or a spec');
  const [flavorId, networkId] = [uuidOf('flavorId', spec.flavorId), uuidOf('networkId', spec.networkId)];
  const [flavor, network] = await Promise.all([requireNode(loaders.FLAVOR, flavorId), requireNetwork(context, networkId)]);
  return subjectOf(context, { flavor, network, reservation: null });
}

/** Every hypervisor, by id, with all that speaks against it. */
async function judgeAll(context: Context, subject: PlacementSubject): Promise<readonly Verdict[]> {
  const { loaders } = context;
  // All guests will be looked at: as three long ranges in one wave, rather than each guest by itself.
  const [{ all }] = await Promise.all([loaders.HYPERVISOR.list(), loaders.GUEST.list(), loaders.FLAVOR.list()]);
  const prospects = await readProspects(context, subject, all);
  return Promise.all(prospects.map((prospect) => judge(context, subject, prospect)));
}
