import type { CatalogView } from '../store/catalog/index.ts';

/** Different lists whose length is kept, of one state of the cluster. */
const mostCounts = 256;
/** Of what a list is asked for, in characters: a longer question is not kept. */
const longestQuestion = 1024;

const countsByCatalog = new WeakMap<CatalogView, Map<string, number>>();

/** How long a list is, counted once for all its pages: `question` says all that the list is asked for, but for the page. */
export function keptCount(catalog: CatalogView, question: string, count: () => number): number {
  if (question.length > longestQuestion) return count();
  const counts = countsByCatalog.get(catalog) ?? new Map<string, number>();
  countsByCatalog.set(catalog, counts);
  const known = counts.get(question);
  if (known !== undefined) return known;
  const counted = count();
  if (counts.size < mostCounts) counts.set(question, counted);
  return counted;
}
