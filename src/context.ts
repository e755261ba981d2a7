import type { Logger } from './log.ts';
import type { Keys } from './store/keys.ts';
import { type Loaders, openLoaders } from './store/loaders.ts';
import { openSnapshot, type Snapshot } from './store/snapshot.ts';
import type { Revision, Store } from './store/store.ts';

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
  /** All views so far; the last one is the one that counts. */
  readonly views: readonly View[];
  /** Begins a new view: of the newest revision, or of that of a commit of this operation. Nothing that was read before is kept. */
  lookAgain(commitRevision?: Revision): void;
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
  const open = (revision: Revision | undefined): View => {
    const isHistorical = at !== undefined;
    const snapshot = openSnapshot({ store, signal, isHistorical, ...(revision === undefined ? {} : { at: revision }) });
    return { snapshot, loaders: openLoaders({ snapshot, keys }) };
  };
  let view = open(at);
  const views = [view];
  return {
    ...services,
    signal,
    idempotencyKey,
    views,
    get snapshot() {
      return view.snapshot;
    },
    get loaders() {
      return view.loaders;
    },
    lookAgain(commitRevision) {
      view = open(commitRevision);
      views.push(view);
    },
  };
}
