import type { Context } from '../../context.ts';
import type { CatalogView } from '../../store/catalog/index.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { type MaybePromise, whenThere } from '../../store/maybe-promise.ts';
import { noteBroken } from '../candidates.ts';
import type { SubjectSearch } from './candidate-search.ts';
import { emptiestFirst, fullestFirst, type NextOne } from './exact-order.ts';
import { choicesAfter, drawn, isEvasive } from './strategy.ts';
import type { PlacementSubject } from './subject.ts';
import { judge, mayPass, passes, readProspect, type Verdict } from './verdict.ts';

/**
 * The strategy's first choices, best first, as many as there is a choice of. A look at a hypervisor costs next to nothing there, so
 * they are looked at one by one. Mostly nothing is waited for until one is announced: then no two callers choose the same one at
 * the same time.
 */
export async function findInCatalog(context: Context, task: SubjectSearch, catalog: CatalogView): Promise<readonly Verdict[]> {
  const { strategy, underway } = task.search;
  noteBroken(context, catalog, 'HYPERVISOR');
  const hypervisors = catalog.nodes('HYPERVISOR').toArray();
  if (!isEvasive(strategy)) return findAmong(context, task, { hypervisors, isWanted: () => true });
  const calm = await findAmong(context, task, { hypervisors, isWanted: (hypervisor) => underway.isCalm(hypervisor) });
  // Those that others are at only where there is no other.
  return calm.length > 0
    ? calm
    : findAmong(context, task, { hypervisors, isWanted: (hypervisor) => !underway.isCalm(hypervisor) });
}

interface Among {
  readonly hypervisors: readonly Hypervisor[];
  readonly isWanted: (hypervisor: Hypervisor) => boolean;
}

async function findAmong(context: Context, task: SubjectSearch, { hypervisors, isWanted }: Among): Promise<readonly Verdict[]> {
  const { strategy, lostRaces, underway } = task.search;
  const found: Verdict[] = [];
  for (const next of inTheirOrder(context, task, hypervisors)) {
    const hypervisor = next instanceof Promise ? await next : next;
    if (hypervisor === null || !isWanted(hypervisor)) continue;
    const judged = judgeLikely(context, task.subject, hypervisor);
    const verdict = judged instanceof Promise ? await judged : judged;
    if (verdict === null || !passes(verdict)) continue;
    found.push(verdict);
    if (found.length === choicesAfter(lostRaces, strategy) || strategy === 'RANDOM') break;
  }
  const [best] = found;
  if (best !== undefined) underway.announce(best.id);
  return found;
}

function inTheirOrder(context: Context, { search }: SubjectSearch, hypervisors: readonly Hypervisor[]): Iterable<NextOne> {
  switch (search.strategy) {
    case 'RANDOM':
      return drawn(hypervisors, context.random);
    case 'SPREAD':
      return emptiestFirst(context, hypervisors);
    case 'PACK':
      return fullestFirst(context, hypervisors);
  }
}

/** Null where the hypervisor's own keys and its record speak against it: its guests need no look. */
function judgeLikely(context: Context, subject: PlacementSubject, hypervisor: Hypervisor): MaybePromise<Verdict | null> {
  return whenThere(readProspect(context, subject, hypervisor), (prospect) =>
    mayPass(subject, prospect) ? judge(context, subject, prospect) : null,
  );
}
