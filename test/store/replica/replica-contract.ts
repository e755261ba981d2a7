import type { EtcdVersion } from '../../support/etcd.ts';
import { startEtcdWithStore } from '../../support/etcd-store.ts';
import { openLoadedReplica } from '../../support/replica.ts';
import { contractHistory } from '../embedded-opening.ts';
import { storeContract } from '../store-contract.ts';

/** The suite compacts after it has written 100,000 keys, of which etcd by default looks at 1,000 at a time, with pauses. */
const quickCompaction = '--experimental-compaction-batch-limit=1000000';
const prefix = 'contract/';

export function replicaContractOnEtcd(version: EtcdVersion): void {
  storeContract(`the replica of etcd ${version}`, async () => {
    const etcd = await startEtcdWithStore({ version, flags: [quickCompaction] });
    const store = await openLoadedReplica(etcd.store, { prefix, history: contractHistory });
    return {
      store,
      prefix,
      alone: true,
      tellsProgress: version === '3.5',
      // What the replica has forgotten it asks etcd for: both forget.
      async compact(revision) {
        const { revision: newest } = await store.status();
        const filler = { compares: [], writes: [{ type: 'put', key: `${prefix}filler`, value: Buffer.alloc(0) }] } as const;
        const missing = revision + contractHistory.revisions - newest;
        await Promise.all(Array.from({ length: missing }, () => store.commit(filler)));
        await store.memory.freshen();
        await etcd.compact(revision);
      },
      async close() {
        await store.close();
        await etcd.close();
      },
    };
  });
}
