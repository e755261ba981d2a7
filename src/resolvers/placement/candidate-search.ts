import type { Context } from '../../context.ts';
import type { CatalogView } from '../../store/catalog/index.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { findInCatalog } from './catalog-search.ts';
import { knownHypervisorIds, readHypervisors } from './hypervisor-source.ts';
import { choicesAfter, inOrderOf, type PlacementStrategy, shuffled } from './strategy.ts';
import type { PlacementSubject } from './subject.ts';
import type { Underway } from './underway.ts';
import { judge, mayPass, type Prospect, passes, readProspects, type Verdict } from './verdict.ts';

/** Hypervisors that are looked at together, at first. Each further time there are more of them. */
const firstLookedAt = 4;
/** Of those that may pass, how many have their guests looked at together: mostly the first one will do. */
const firstJudged = 1;
const growth = 4;

export interface SearchOptions {
  readonly strategy: PlacementStrategy;
  /** How often a place that was chosen before was lost to others. */
  readonly lostRaces: number;
  readonly underway: Underway;
}

export interface CandidateSearch extends SearchOptions {
  /** Where all of them are found; null: they have to be read. */
  readonly catalog: CatalogView | null;
  /** Hypervisors to read, in this order. */
  readonly hypervisorIds: readonly string[];
}

/** Reads what a search needs whatever is to be placed, so that it travels in one wave with what must be known of that. */
export async function prepareSearch(context: Context, options: SearchOptions): Promise<CandidateSearch> {
  const catalog = await context.snapshot.catalog();
  return catalog === null ? readSearch(context, options) : { ...options, catalog, hypervisorIds: [] };
}

async function readSearch(context: Context, options: SearchOptions): Promise<CandidateSearch> {
  const catalog = null;
  switch (options.strategy) {
    case 'RANDOM': {
      const hypervisorIds = shuffled(await knownHypervisorIds(context), context.random);
      await readHypervisors(context, hypervisorIds.slice(0, firstLookedAt), { withGuests: true });
      return { ...options, catalog, hypervisorIds };
    }
    case 'SPREAD': {
      const hypervisorIds = await knownHypervisorIds(context);
      await readHypervisors(context, hypervisorIds, { withGuests: false });
      return { ...options, catalog, hypervisorIds };
    }
    case 'PACK': {
      // The fullest one that will do: of each it must be known how full it is.
      const { HYPERVISOR, GUEST, FLAVOR } = context.loaders;
      await Promise.all([HYPERVISOR.list(), GUEST.list(), FLAVOR.list()]);
      return { ...options, catalog, hypervisorIds: [] };
    }
  }
}

/** A search for something. */
export interface SubjectSearch {
  readonly subject: PlacementSubject;
  readonly search: CandidateSearch;
}

/**
 * The strategy's first choices, best first, as far as they can be told without looking at all of the cluster's guests. None does
 * not mean that there are no candidates.
 */
export function findCandidates(context: Context, task: SubjectSearch): Promise<readonly Verdict[]> {
  const { strategy, catalog } = task.search;
  if (catalog !== null) return findInCatalog(context, task, catalog);
  switch (strategy) {
    case 'RANDOM':
      return findAnyCandidate(context, task);
    case 'SPREAD':
      return findEmptiestCandidates(context, task);
    case 'PACK':
      return Promise.resolve([]);
  }
}

/** The first that passes, but one that others are at only where there is no other. */
async function findAnyCandidate(context: Context, task: SubjectSearch): Promise<readonly Verdict[]> {
  const deferred: Prospect[] = [];
  for (const ids of growingParts(task.search.hypervisorIds, firstLookedAt)) {
    const hypervisors = await readHypervisors(context, ids, { withGuests: true });
    const likely = await readLikely(context, task, hypervisors);
    const [calm, busy] = task.search.underway.byCalm(likely);
    deferred.push(...busy);
    const found = await judgeUntil(context, task, calm, ({ length }) => length > 0);
    if (found.length > 0) return found.slice(0, 1);
  }
  return judgeUntil(context, task, deferred, ({ length }) => length > 0);
}

/**
 * The emptiest ones, as many as there is a choice of. None has more free than it reports to have available. So they are judged in
 * the order of what they report, and once enough of those that passed have more free than any of the rest reports, the rest need no
 * look.
 */
async function findEmptiestCandidates(context: Context, task: SubjectSearch): Promise<readonly Verdict[]> {
  const { random } = context;
  const choices = choicesAfter(task.search.lostRaces, task.search.strategy);
  const hypervisors = await readHypervisors(context, task.search.hypervisorIds, { withGuests: false });
  const likely = await readLikely(context, task, hypervisors);
  for (const group of task.search.underway.byCalm(inOrderOf('SPREAD', { candidates: likely, random }))) {
    const found = await judgeUntil(context, task, group, (candidates, next) => {
      const last = inOrderOf('SPREAD', { candidates, random })[choices - 1];
      return last !== undefined && last.free.memory > next.free.memory;
    });
    if (found.length > 0) return inOrderOf('SPREAD', { candidates: found, random });
  }
  return [];
}

/** Judges in order until those that passed are enough, given the one that comes next. */
async function judgeUntil(
  context: Context,
  { subject, search }: SubjectSearch,
  prospects: readonly Prospect[],
  isEnough: (candidates: readonly Verdict[], next: Prospect) => boolean,
): Promise<readonly Verdict[]> {
  const candidates: Verdict[] = [];
  for (const part of growingParts(prospects, firstJudged)) {
    const [next] = part;
    if (next === undefined || isEnough(candidates, next)) break;
    // Before its guests are read: who comes meanwhile looks elsewhere.
    search.underway.announce(next.id);
    const verdicts = await Promise.all(part.map((prospect) => judge(context, subject, prospect)));
    candidates.push(...verdicts.filter(passes));
  }
  return candidates;
}

/** Those of which it is not known yet that they can't get the guest. */
async function readLikely(
  context: Context,
  { subject }: SubjectSearch,
  hypervisors: readonly Hypervisor[],
): Promise<readonly Prospect[]> {
  const prospects = await readProspects(context, subject, hypervisors);
  return prospects.filter((prospect) => mayPass(subject, prospect));
}

function* growingParts<T>(items: readonly T[], firstSize: number): Generator<readonly T[]> {
  let size = firstSize;
  for (let from = 0; from < items.length; size *= growth) {
    yield items.slice(from, from + size);
    from += size;
  }
}
