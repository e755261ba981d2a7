import type { EtcdVersion } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { storeContract } from './store-contract.ts';

/** The suite compacts after it has written 100,000 keys, of which etcd by default looks at 1,000 at a time, with pauses. */
const quickCompaction = '--experimental-compaction-batch-limit=1000000';

/** A file for each version, so that they run at the same time. */
export function contractOnEtcd(version: EtcdVersion): void {
  storeContract(`the store on etcd ${version}`, async () => {
    const { store, compact, close } = await startEtcdWithStore({ version, flags: [quickCompaction] });
    return { store, prefix: 'contract/', alone: true, tellsProgress: version === '3.5', compact, close };
  });
}
