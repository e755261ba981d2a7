import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import type { EtcdOptions } from './etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from './etcd-store.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A fresh etcd that a store reaches through connections which can be broken. */
export interface EtcdBehindProxy {
  /** Its own store does not go through the proxy. */
  readonly etcd: EtcdWithStore;
  readonly proxy: TcpProxy;
  readonly store: Store;
  close(): Promise<void>;
}

export async function startEtcdBehindProxy(
  options: EtcdOptions = {},
  { requestTimeoutMs = 1000 }: { readonly requestTimeoutMs?: number } = {},
): Promise<EtcdBehindProxy> {
  const etcd = await startEtcdWithStore(options);
  const proxy = await startTcpProxy(etcd.server.port);
  const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs });
  return {
    etcd,
    proxy,
    store,
    async close() {
      await store.close();
      await proxy.close();
      await etcd.close();
    },
  };
}
