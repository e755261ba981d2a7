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
}

/** What one operation has at hand. Everything it reads, it reads from one snapshot. */
export interface Context extends Services {
  readonly snapshot: Snapshot;
  readonly loaders: Loaders;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface OperationOptions {
  readonly signal: AbortSignal;
  /** Reads the whole operation as the store was at this revision. */
  readonly at?: Revision;
}

/** A fresh one for each operation: a context that is used again serves stale data. */
export function createContext(services: Services, { signal, at }: OperationOptions): Context {
  const snapshot = openSnapshot({ store: services.store, signal, ...(at === undefined ? {} : { at }) });
  const loaders = openLoaders({ snapshot, keys: services.keys });
  return { ...services, snapshot, loaders, signal };
}
