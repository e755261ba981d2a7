import { randomUUID } from 'node:crypto';
import { type AgentClient, openAgentClient } from './agent/index.ts';
import type { Viewer } from './auth/index.ts';
import type { Logger } from './log.ts';
import { type Observer, silentObserver } from './observer.ts';
import type { BrokenRecord } from './store/broken-record.ts';
import { type Catalog, openCatalog } from './store/catalog/index.ts';
import { ChangeFeed } from './store/changes/index.ts';
import { addCosts, noCost } from './store/cost.ts';
import { type Keys, openKeys } from './store/keys.ts';
import type { Memory } from './store/memory.ts';
import type { SnapshotOptions } from './store/snapshot.ts';
import type { ReadCost, Revision, Store } from './store/store.ts';
import { openView, type View } from './store/view.ts';
import { noTracer, type Tracer } from './tracing/index.ts';

/** What lives as long as the gateway. */
export interface Services {
  readonly store: Store;
  /** What the store holds, in this process; null: each operation reads the store itself. */
  readonly catalog: Catalog | null;
  readonly keys: Keys;
  /** What happens under the prefix, for subscriptions. */
  readonly changes: ChangeFeed;
  readonly agents: AgentClient;
  /** Where agents listen, unless a hypervisor's setting says else. */
  readonly agentPort: number;
  readonly log: Logger;
  /** Is told of what happens. */
  readonly observer: Observer;
  readonly tracer: Tracer;
  readonly now: () => Date;
  readonly newId: () => string;
  /** A number from 0, included, to 1, excluded: like Math.random. */
  readonly random: () => number;
}

export interface ServiceOptions extends Partial<Pick<Services, 'now' | 'newId' | 'random'>> {
  readonly store: Store;
  /** Of the same store. Default: each operation reads the store itself. */
  readonly memory?: Memory | null;
  /** What all keys begin with. */
  readonly prefix: string;
  readonly log: Logger;
  /** Events that may wait for one subscriber. Default: 1,000. */
  readonly eventLimit?: number;
  /** Default: 8080. */
  readonly agentPort?: number;
  /** How long one call to an agent may take, all in all. Default: 15 s. */
  readonly agentTimeoutMs?: number;
  /** Default: nobody is told of anything. */
  readonly observer?: Observer;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
}

const defaultAgentPort = 8080;
const defaultAgentTimeoutMs = 15_000;

/** The server closes `changes` when it stops; closing `agents` and `catalog`, after that, and the store is their opener's. */
export function openServices({ store, memory = null, prefix, log, eventLimit, ...options }: ServiceOptions): Services {
  const { agentPort = defaultAgentPort, agentTimeoutMs = defaultAgentTimeoutMs, ...others } = options;
  const { observer = silentObserver, tracer = noTracer, ...given } = others;
  const keys = openKeys(prefix);
  const catalog = memory === null ? null : openCatalog({ memory, keys, log });
  const changes = new ChangeFeed({ store, catalog, keys, log, ...(eventLimit === undefined ? {} : { eventLimit }) });
  const agents = openAgentClient({ timeoutMs: agentTimeoutMs, observer: observer.agents });
  const own = { store, catalog, keys, changes, agents, agentPort, log, observer, tracer };
  return { ...own, now: () => new Date(), newId: randomUUID, random: Math.random, ...given };
}

/**
 * What one operation has at hand. A query has one view of the store for all that it reads. A mutation looks again for each attempt
 * of each of its root fields, and once more at what it made; graphql runs its root fields one after the other, so that at any
 * time there is one view that counts.
 */
export interface Context extends Services, View {
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** Who asks. */
  readonly viewer: Viewer;
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
  readonly viewer: Viewer;
  /** Reads the whole operation as the store was at this revision. */
  readonly at?: Revision;
  /** Reads in this view, which others read in too. */
  readonly view?: View;
  readonly idempotencyKey?: string | null;
}

/** A fresh one for each operation: a context that is used again serves stale data. */
export function createContext(services: Services, options: OperationOptions): Context {
  const { signal, viewer, at, view: given, idempotencyKey = null } = options;
  const { store, catalog, keys } = services;
  const open = (options: Pick<SnapshotOptions, 'at' | 'commitRevision'>) =>
    openView({ store, catalog, keys, signal, ...options });
  let view = given ?? open(at === undefined ? {} : { at });
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
    viewer,
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
