import { createSampleCluster } from '../src/demo/index.ts';
import { openKeys } from '../src/store/keys.ts';
import type { Store } from '../src/store/store.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../test/support/etcd-store.ts';

export const prefix = 'lochness/';

/** An etcd with the sample cluster. */
export interface Sample {
  readonly hypervisorCount: number;
  readonly guestCount: number;
  readonly url: string;
  readonly store: Store;
}

/** Sample clusters for those who only read them, or leave states in them that nobody after them asks for. */
export interface Samples {
  /** Made when it is asked for first, in a fresh etcd of its own. */
  of(guestCount: number): Promise<Sample>;
  close(): Promise<void>;
}

const guestsPerHypervisor = 100;

export function openSamples(): Samples {
  const running: EtcdWithStore[] = [];
  const known = new Map<number, Promise<Sample>>();

  async function make(guestCount: number): Promise<Sample> {
    // Thousands of reads of one object each, sent together, take longer than the default timeout.
    const etcd = await startEtcdWithStore({}, { requestTimeoutMs: 120_000 });
    running.push(etcd);
    const { store, server } = etcd;
    const hypervisorCount = guestCount / guestsPerHypervisor;
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys: openKeys(prefix), hypervisorCount, guestCount, now: new Date(), signal });
    return { hypervisorCount, guestCount, url: server.url, store };
  }

  return {
    of(guestCount) {
      const sample = known.get(guestCount) ?? make(guestCount);
      known.set(guestCount, sample);
      return sample;
    },
    async close() {
      await Promise.all(running.map((etcd) => etcd.close()));
    },
  };
}
