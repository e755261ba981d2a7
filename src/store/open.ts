import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Observer } from '../observer.ts';
import { openFolder, openFolderStore, openMemoryStore } from './embedded/index.ts';
import { isProgressTrue, openEtcdStore } from './etcd/index.ts';
import { openKeys } from './keys.ts';
import type { Memory, MemoryHolder } from './memory.ts';
import { ObservedStore } from './observed-store.ts';
import { prefixRange } from './range.ts';
import { type ReplicaMemory, ReplicaStore } from './replica/index.ts';
import type { Store } from './store.ts';

/** Which store, and how to reach it. */
export type StoreChoice = MemoryChoice | FolderChoice | EtcdChoice;

/** One that several processes can use. */
export type SharedChoice = FolderChoice | EtcdChoice;

interface MemoryChoice {
  readonly kind: 'memory';
}

interface FolderChoice {
  readonly kind: 'data-dir';
  readonly dataDir: string;
}

interface EtcdChoice {
  readonly kind: 'etcd';
  readonly endpoints: readonly string[];
  readonly login: { readonly user: string; readonly password: string } | null;
  /** PEM. */
  readonly ca: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

export interface OpenOptions {
  readonly log: Logger;
  /** What all keys begin with: a user of etcd may have rights on these alone. */
  readonly prefix: string;
  readonly signal: AbortSignal;
}

export interface GatewayStoreOptions extends Omit<OpenOptions, 'signal'> {
  /** Whether reads are served from memory, or each by the store itself. */
  readonly reads: 'replica' | 'direct';
  /** How long a read waits for a replica that is behind. */
  readonly readTimeoutMs: number;
  /** Who is told of the requests that are sent. Default: nobody. */
  readonly observer?: Pick<Observer, 'store' | 'replica'>;
}

export interface OpenedStore {
  readonly store: Store;
  /** What serves its reads; null: the store itself. */
  readonly memory: Memory | null;
  /** The same, where it is kept current by a watch; null elsewhere. */
  readonly replica: ReplicaMemory | null;
}

/** For a gateway: it has its folder for itself. Etcd need not be up yet. */
export async function openStore(choice: StoreChoice, options: GatewayStoreOptions): Promise<OpenedStore> {
  const { log } = options;
  switch (choice.kind) {
    case 'memory':
      return openedEmbedded(openMemoryStore({ log }), options);
    case 'data-dir':
      return openedEmbedded(await openFolderStore(choice.dataDir, { log }), options);
    case 'etcd':
      return openedEtcd(choice, options);
  }
}

function openedEmbedded(store: MemoryHolder, { reads, observer }: GatewayStoreOptions): OpenedStore {
  return { store: observed(store, observer), memory: reads === 'direct' ? null : store.memory, replica: null };
}

/** Below a replica, so that what it serves from memory is nobody's request. */
function openedEtcd(choice: EtcdChoice, options: GatewayStoreOptions): OpenedStore {
  const { log, prefix, reads, readTimeoutMs, observer } = options;
  const origin = observed(openEtcd(choice, options), observer);
  if (reads === 'direct') return { store: origin, memory: null, replica: null };
  const keys = openKeys(prefix);
  const store = new ReplicaStore({
    origin,
    range: prefixRange(keys.prefix),
    probe: keys.probe,
    log,
    readTimeoutMs,
    isProgressTrue,
    ...(observer === undefined ? {} : { observer: observer.replica }),
  });
  return { store, memory: store.memory, replica: store.memory };
}

function observed(store: Store, observer: GatewayStoreOptions['observer']): Store {
  return observer === undefined ? store : new ObservedStore(store, observer.store);
}

/** For a command that writes: where a gateway has the folder open, it goes through that. */
export async function joinStore(choice: SharedChoice, { log, prefix, signal }: OpenOptions): Promise<Store> {
  return choice.kind === 'etcd' ? openEtcd(choice, { log, prefix }) : openFolder(choice.dataDir, { log, signal });
}

/** For a command that only reads: it makes no folder where there is none. */
export async function joinExistingStore(choice: SharedChoice, options: OpenOptions): Promise<Store> {
  if (choice.kind === 'data-dir') await requireStoreFile(choice.dataDir);
  return joinStore(choice, options);
}

async function requireStoreFile(dataDir: string): Promise<void> {
  try {
    await stat(join(dataDir, 'store.mdb'));
  } catch (error) {
    throw new GatewayError('NOT_FOUND', `The folder ${dataDir} holds no store: ${messageOf(error)}`, { cause: error });
  }
}

function openEtcd({ endpoints, login, ca, certificate }: EtcdChoice, { log, prefix }: Omit<OpenOptions, 'signal'>): Store {
  return openEtcdStore({
    endpoints,
    log,
    probeKey: openKeys(prefix).probe,
    ...(login ?? {}),
    ...(ca === null ? {} : { ca: Buffer.from(ca) }),
    ...(certificate === null ? {} : { cert: Buffer.from(certificate.cert), key: Buffer.from(certificate.key) }),
  });
}
