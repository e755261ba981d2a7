import type { Context } from '../../context.ts';
import { GatewayError } from '../../errors.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { findCandidates, type SubjectSearch } from './candidate-search.ts';
import { type RejectedCounts, rejectedCounts } from './filter.ts';
import { choicesAfter, inOrderOf, isEvasive, type PlacementStrategy } from './strategy.ts';
import type { PlacementSubject } from './subject.ts';
import type { Underway } from './underway.ts';
import { judge, judgeBriefly, type Opening, passes, readProspect, readProspects, type Verdict } from './verdict.ts';

/** Where a guest is to go. */
export interface Place {
  readonly hypervisor: Hypervisor;
  readonly opening: Opening;
}

/** Fails with NO_CANDIDATES when no hypervisor can get the guest. */
export async function choosePlace(context: Context, task: SubjectSearch): Promise<Place> {
  const { subject, search } = task;
  const found = await findCandidates(context, task);
  const candidates = found.length > 0 ? found : await requireCandidates(context, subject, search.strategy);
  const best = isEvasive(search.strategy) ? calmest(candidates, search.underway) : candidates;
  const { hypervisor, openings } = oneOf(best.slice(0, choicesAfter(search.lostRaces, search.strategy)), context.random);
  search.underway.announce(hypervisor.id);
  // In which of its subnets the guest gets its address does not matter: any of them.
  return { hypervisor, opening: oneOf(openings, context.random) };
}

function calmest(candidates: readonly Verdict[], underway: Underway): readonly Verdict[] {
  const [calm, busy] = underway.byCalm(candidates);
  return calm.length > 0 ? calm : busy;
}

/** There or nowhere: fails with NO_CANDIDATES, and all that speaks against it, when this hypervisor can't get the guest. */
export async function placeOn(context: Context, subject: PlacementSubject, hypervisor: Hypervisor): Promise<Place> {
  const verdict = await judge(context, subject, await readProspect(context, subject, hypervisor));
  if (passes(verdict)) return { hypervisor, opening: oneOf(verdict.openings, context.random) };
  const why = verdict.reasons.map(({ message }) => message).join('; ');
  throw noCandidates(`The hypervisor ${hypervisor.id} can't get the guest: it ${why}`, rejectedCounts(verdict.reasons));
}

/** All of them, best first. */
async function requireCandidates(
  context: Context,
  subject: PlacementSubject,
  strategy: PlacementStrategy,
): Promise<readonly Verdict[]> {
  const { all } = await context.loaders.HYPERVISOR.list();
  const prospects = await readProspects(context, subject, all);
  const verdicts = await Promise.all(prospects.map((prospect) => judgeBriefly(context, subject, prospect)));
  const candidates = inOrderOf(strategy, { candidates: verdicts.filter(passes), random: context.random });
  if (candidates.length > 0) return candidates;
  // Each hypervisor once, so that the counts add up to how many there are.
  const rejected = rejectedCounts(verdicts.flatMap(({ reasons }) => reasons.slice(0, 1)));
  const counts = Object.entries(rejected).map(([filter, count]) => `${count} by ${filter}`);
  const why = verdicts.length === 0 ? 'there is none' : `of ${verdicts.length}, rejected are ${counts.join(', ')}`;
  throw noCandidates(`No hypervisor can get the guest: ${why}`, rejected);
}

function oneOf<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to choose from');
  return item;
}

function noCandidates(message: string, rejected: RejectedCounts): GatewayError {
  return new GatewayError('NO_CANDIDATES', message, { details: { rejected } });
}
