import type { Account } from '../context.ts';
import type { BrokenRecord } from '../store/broken-record.ts';
import type { ReadCost } from '../store/store.ts';

/** Records named in one answer; Query.brokenRecords lists them all. */
export const warningLimit = 100;

export type Warning =
  | { readonly code: 'BROKEN_RECORD'; readonly key: string; readonly reason: string }
  /** The last one, where there are more than fit. */
  | { readonly code: 'MORE_BROKEN_RECORDS'; readonly count: number };

export interface AnswerExtensions {
  /** What all reads of a query saw; of a mutation, what the payload of its last field shows. Absent when it read nothing. */
  readonly revision?: string;
  /** Records that could not be read and are left out of lists and counts. Absent when there are none. */
  readonly warnings?: readonly Warning[];
  /** What it cost the store, when asked for by --debug-extensions. */
  readonly store?: StoreExtension;
  /**
   * What the operation was reckoned to cost before it was executed, and the most that it may; when its request asks for it. Of a
   * subscription it is that of each event, in the answer to the first one.
   */
  readonly cost?: { readonly cost: number; readonly limit: number };
}

interface StoreExtension {
  /** Rounds that waited for one another, commits too. */
  readonly requests: number;
  readonly transactions: number;
  readonly keys: number;
  readonly bytes: number;
}

/** What an answer says beside its data, once the operation is done. */
export function answerExtensions(account: Account, { debug }: { readonly debug: boolean }): AnswerExtensions {
  const { revision, cost, broken } = account;
  const warnings = warningsOf(broken);
  return {
    ...(revision === null ? {} : { revision: String(revision) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(debug ? { store: storeExtension(cost) } : {}),
  };
}

function warningsOf(broken: readonly BrokenRecord[]): readonly Warning[] {
  const named = broken.slice(0, warningLimit).map(({ key, reason }): Warning => ({ code: 'BROKEN_RECORD', key, reason }));
  const more = broken.length - warningLimit;
  return more <= 0 ? named : [...named, { code: 'MORE_BROKEN_RECORDS', count: more }];
}

function storeExtension({ waves, transactions, keys, bytes }: ReadCost): StoreExtension {
  return { requests: waves, transactions, keys, bytes };
}
