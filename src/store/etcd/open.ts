import { silentLog } from '../../log.ts';
import type { Store } from '../store.ts';
import { Cluster } from './cluster.ts';
import { EtcdStore } from './etcd-store.ts';
import { checkOptions, defaultRequestTimeoutMs, type EtcdStoreOptions } from './options.ts';

export type { EtcdStoreOptions } from './options.ts';

/**
 * A store over an etcd cluster, version 3.4 or newer. Fails only on options that can't be right: etcd itself need not be up, so a
 * gateway starts before it and answers STORE_UNAVAILABLE until it comes. Nothing is connected before the first call.
 */
export function openEtcdStore(options: EtcdStoreOptions): Store {
  const { requestTimeoutMs = defaultRequestTimeoutMs, log = silentLog } = options;
  const endpoints = checkOptions(options);
  return new EtcdStore(new Cluster(endpoints, { ...options, requestTimeoutMs, log }), log);
}
