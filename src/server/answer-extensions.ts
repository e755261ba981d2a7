import type { Context } from '../context.ts';

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
export function answerExtensions({ snapshot, loaders }: Context, { debug }: { readonly debug: boolean }): AnswerExtensions {
  const { pinnedRevision, cost } = snapshot;
  const warnings = warningsOf(loaders);
  return {
    ...(pinnedRevision === null ? {} : { revision: String(pinnedRevision) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(debug ? { store: storeExtension(cost) } : {}),
  };
}

function warningsOf({ broken }: Context['loaders']): readonly Warning[] {
  const { all } = broken;
  const named = all.slice(0, warningLimit).map(({ key, reason }): Warning => ({ code: 'BROKEN_RECORD', key, reason }));
  return all.length <= warningLimit ? named : [...named, { code: 'MORE_BROKEN_RECORDS', count: all.length - warningLimit }];
}

function storeExtension({ waves, transactions, keys, bytes }: Context['snapshot']['cost']): StoreExtension {
  return { requests: waves, transactions, keys, bytes };
}
