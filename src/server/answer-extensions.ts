import type { Context } from '../context.ts';
import { addCosts } from '../store/snapshot.ts';
import type { ReadCost, Revision } from '../store/store.ts';

/** Records named in one answer; Query.brokenRecords lists them all. */
export const warningLimit = 100;

export type Warning =
  | { readonly code: 'BROKEN_RECORD'; readonly key: string; readonly reason: string }
  /** The last one, where there are more than fit. */
  | { readonly code: 'MORE_BROKEN_RECORDS'; readonly count: number };

export interface AnswerExtensions {
  /** What all reads of the operation saw. Absent when it read nothing. */
  readonly revision?: string;
  /** Records that could not be read and are left out of lists and counts. Absent when there are none. */
  readonly warnings?: readonly Warning[];
  /** What it cost the store, when asked for by --debug-extensions. */
  readonly store?: StoreExtension;
}

interface StoreExtension {
  /** Rounds of reads that waited for one another. */
  readonly requests: number;
  readonly transactions: number;
  readonly keys: number;
  readonly bytes: number;
}

/** What an answer says beside its data, once the operation is done. */
export function answerExtensions(context: Context, { debug }: { readonly debug: boolean }): AnswerExtensions {
  const revision = revisionOf(context);
  const warnings = warningsOf(context);
  return {
    ...(revision === null ? {} : { revision: String(revision) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(debug ? { store: storeExtension(costOf(context)) } : {}),
  };
}

/** The one that all reads of a query saw, and the last one of a mutation; null when nothing was read. */
export function revisionOf({ views }: Context): Revision | null {
  const revisions = views.map(({ snapshot }) => snapshot.pinnedRevision);
  return revisions.findLast((revision) => revision !== null) ?? null;
}

/** What all reads of the operation cost together. */
export function costOf({ views }: Context): ReadCost {
  return views.map(({ snapshot }) => snapshot.cost).reduce(addCosts);
}

/** Each record once, however many views met it. */
function warningsOf({ views }: Context): readonly Warning[] {
  const broken = new Map(views.flatMap(({ loaders }) => loaders.broken.all).map((record) => [record.key, record]));
  const all = [...broken.values()];
  const named = all.slice(0, warningLimit).map(({ key, reason }): Warning => ({ code: 'BROKEN_RECORD', key, reason }));
  return all.length <= warningLimit ? named : [...named, { code: 'MORE_BROKEN_RECORDS', count: all.length - warningLimit }];
}

function storeExtension({ waves, transactions, keys, bytes }: ReadCost): StoreExtension {
  return { requests: waves, transactions, keys, bytes };
}
