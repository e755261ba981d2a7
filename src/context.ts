import type { Logger } from './log.ts';
import type { BrokenRecord } from './store/broken-record.ts';
import type { Keys } from './store/keys.ts';
import { type Loaders, openLoaders } from './store/loaders.ts';
import { addCosts, noCost, openSnapshot, type Snapshot, type SnapshotOptions } from './store/snapshot.ts';
import type { ReadCost, Revision, Store } from './store/store.ts';

/** What lives as long as the gateway. */
export interface Services {
  readonly store: Store;
  readonly keys: Keys;
  readonly log: Logger;
  readonly now: () => Date;
  readonly newId: () => string;
  /** A number from 0, included, to 1, excluded: like Math.random. */
  readonly random: () => number;
}

/** The store at one revision, and the nodes that were read there. */
export interface View {
  readonly snapshot: Snapshot;
  readonly loaders: Loaders;
}

/**
 * What one operation has at hand. A query has one view of the store for all that it reads. A mutation looks again for each attempt
 * of each of its root fields, and once more at what it made; graphql runs its root fields one after the other, so that at any
 * time there is one view that counts.
 */
export interface Context extends Services, View {
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** What the client calls this request, so that repeating it does nothing twice; null when it gives no name. */
  readonly idempotencyKey: string | null;
  /** Begins a new view: of the newest revision, or of that of a commit. Nothing that was read before is kept. */
  lookAgain(commitRevision?: Revision): void;
  /** Adds to `account().cost` what was not a read of a view: a commit. */
  spend(cost: ReadCost): void;
  /** What the operation did to the store so far, in all of its views together. */
  account(): Account;
}

export interface Account {
  /** Of the last view that knows it; null when none does. */
  readonly revision: Revision | null;
  readonly cost: ReadCost;
  /** The records that could not be read, each once. */
  readonly broken: readonly BrokenRecord[];
}

export interface OperationOptions {
  readonly signal: AbortSignal;
  /** Reads the whole operation as the store was at this revision. */
  readonly at?: Revision;
  readonly idempotencyKey?: string | null;
}

/** A fresh one for each operation: a context that is used again serves stale data. */
export function createContext(services: Services, { signal, at, idempotencyKey = null }: OperationOptions): Context {
  const { store, keys } = services;
  const open = (options: Pick<SnapshotOptions, 'at' | 'commitRevision'>): View => {
    const snapshot = openSnapshot({ store, signal, ...options });
    return { snapshot, loaders: openLoaders({ snapshot, keys }) };
  };
  let view = open(at === undefined ? {} : { at });
  // Of views that are over nothing else is kept: a mutation of many steps has many of them, each with all that it read.
  let past: Account = { revision: null, cost: noCost, broken: [] };

  function account(): Account {
    const { snapshot, loaders } = view;
    const broken = new Map([...past.broken, ...loaders.broken.all].map((record) => [record.key, record]));
    return {
      revision: snapshot.pinnedRevision ?? past.revision,
      cost: addCosts(past.cost, snapshot.cost),
      broken: [...broken.values()],
    };
  }

  return {
    ...services,
    signal,
    idempotencyKey,
    get snapshot() {
      return view.snapshot;
    },
    get loaders() {
      return view.loaders;
    },
    lookAgain(commitRevision) {
      past = account();
      view = open(commitRevision === undefined ? {} : { commitRevision });
    },
    spend(cost) {
      past = { ...past, cost: addCosts(past.cost, cost) };
    },
    account,
  };
}
