import { randomUUID } from 'node:crypto';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Memory } from '../../src/store/memory.ts';
import { keyFromText, prefixRange, textFromKey } from '../../src/store/range.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { type GatewaySchema, openGatewaySchema, prefix } from '../support/gateway-schema.ts';
import { openLoadedReplica } from '../support/replica.ts';
import { unreliableStore } from '../support/unreliable-store.ts';

/** A keyspace of its own, and what mutations make of it. */
export interface MutationSpace extends GatewaySchema {
  /** All keys and values under the prefix, without it and without the gateway's own `gateway/`. */
  entries(): Promise<Readonly<Record<string, string>>>;
  /** What lies under `gateway/` and begins so, without the prefix: such as `references/`. */
  ownEntries(start: string): Promise<Readonly<Record<string, string>>>;
  /** The keys that an operation changed, with their new values; null for one that it removed. */
  changesOf(operation: () => Promise<unknown>): Promise<Readonly<Record<string, string | null>>>;
  revision(): Promise<Revision>;
  /** Another gateway on the same store; each of these is called right before its next commit, after all that it read for it. */
  raced(...before: readonly (() => unknown)[]): Promise<GatewaySchema>;
  /** Its gateways follow the store no more, which others go on with. */
  leave(): void;
}

/** Where the suites of mutations run: each file of them runs once for each store. */
export interface MutationHome {
  readonly name: string;
  open(): Promise<MutationStore>;
}

export interface MutationStore {
  readonly store: Store;
  /** What the store holds in this process, for gateways that read it; else they read the store itself. */
  readonly memory?: Memory;
  close(): Promise<void>;
}

export const embeddedHome: MutationHome = {
  name: 'the embedded store',
  open: async () => {
    const store = openMemoryStore({ log: silentLog });
    return { store, close: () => store.close() };
  },
};

export const memoryHome: MutationHome = {
  name: 'the embedded store, read from memory',
  open: async () => {
    const store = openMemoryStore({ log: silentLog });
    return { store, memory: store.memory, close: () => store.close() };
  },
};

export const etcdHome: MutationHome = { name: 'etcd', open: () => startEtcdWithStore({}) };

export const replicaHome: MutationHome = {
  name: 'etcd, read from a replica',
  open: async () => {
    const etcd = await startEtcdWithStore({});
    const store = await openLoadedReplica(etcd.store, { prefix });
    const close = async () => {
      await store.close();
      await etcd.close();
    };
    return { store, memory: store.memory, close };
  },
};

/** A keyspace that is empty, on a store that others may use. */
export async function openMutationSpace(store: Store, memory: Memory | null = null): Promise<MutationSpace> {
  const { revision: before } = await store.commit({
    compares: [],
    writes: [{ type: 'delete', range: prefixRange(keyFromText(prefix)) }],
  });
  const gateway = await openGatewaySchema({ store, memory, newId: randomUUID });
  const gateways = [gateway];

  async function read(start: string, isWanted: (key: string) => boolean): Promise<Readonly<Record<string, string>>> {
    const { results } = await store.read({ ranges: [prefixRange(keyFromText(prefix + start))] });
    const entries = results[0]?.entries ?? [];
    const named = entries.map(({ key, value }) => [textFromKey(key).slice(prefix.length), value.toString()] as const);
    return Object.fromEntries(named.filter(([key]) => isWanted(key)));
  }

  const entries = () => read('', (key) => !key.startsWith('gateway/'));
  return {
    ...gateway,
    entries,
    async ownEntries(start) {
      const own = await read(`gateway/${start}`, () => true);
      return Object.fromEntries(Object.entries(own).map(([key, value]) => [key.slice('gateway/'.length), value]));
    },
    async changesOf(operation) {
      const old = await entries();
      await operation();
      const now = await entries();
      const names = new Set([...Object.keys(old), ...Object.keys(now)]);
      return Object.fromEntries([...names].filter((key) => old[key] !== now[key]).map((key) => [key, now[key] ?? null]));
    },
    async revision() {
      const { revision } = await store.read({ ranges: [] });
      return Math.max(revision, before);
    },
    async raced(...script) {
      const other = await openGatewaySchema({ store: unreliableStore(store, script), memory, newId: randomUUID });
      gateways.push(other);
      return other;
    },
    leave() {
      for (const { services } of gateways) services.catalog?.close();
    },
  };
}
