import { Etcd3 } from 'etcd3';
import { type EtcdStoreOptions, openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { type EtcdOptions, type EtcdServer, startEtcd } from './etcd.ts';

/** A fresh etcd and a store over it. */
export interface EtcdWithStore {
  readonly server: EtcdServer;
  readonly store: Store;
  /** Makes `revision` the compaction revision. */
  compact(revision: Revision): Promise<void>;
  close(): Promise<void>;
}

export async function startEtcdWithStore(
  options: EtcdOptions = {},
  storeOptions: Partial<EtcdStoreOptions> = {},
): Promise<EtcdWithStore> {
  const server = await startEtcd(options);
  const store = openEtcdStore({ endpoints: [server.url], ...storeOptions });
  return {
    server,
    store,
    compact: (revision) => compact(server.url, revision),
    close: async () => {
      await store.close();
      await server.close();
    },
  };
}

/** The gateway itself never compacts. Physical: what is gone is gone when it resolves. */
export async function compact(url: string, revision: Revision): Promise<void> {
  const client = new Etcd3({ hosts: url });
  try {
    await client.kv.compact({ revision, physical: true });
  } finally {
    client.close();
  }
}
