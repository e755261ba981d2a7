import { describe, expect, it } from 'vitest';
import { CountingGateways } from '../support/counting-gateways.ts';
import { etcdVersions } from '../support/etcd.ts';
import { openCounter } from '../support/linearizability.ts';
import { pick, randomFrom } from '../support/random.ts';
import { clusterFaults, clusterOutages, prefix, ShakyCluster } from '../support/shaky-cluster.ts';

const rounds = 30;
const requestTimeoutMs = 1000;

describe.each(etcdVersions)('two gateways on a cluster of three members of etcd %s', (version) => {
  it('never answer a read without what was acknowledged, whatever happens to members one after the other', async () => {
    const random = randomFrom(1);
    const cluster = await ShakyCluster.start({ version, requestTimeoutMs });
    const counter = await openCounter(cluster.outside, `${prefix}counter`);
    const gateways = new CountingGateways({ stores: cluster.stores, counter, boundMs: 10 * requestTimeoutMs });
    for (let round = 0; round < rounds; round++) {
      const isOutage = random() < 0.3;
      await cluster.break(pick(isOutage ? clusterOutages : clusterFaults, random));
      if (isOutage) await gateways.tryOnce();
      else await gateways.untilItGoesOn();
      cluster.heal();
      // The next one sometimes comes while the cluster still comes to itself.
      if (random() < 0.7) await gateways.untilItGoesOn();
    }
    console.info(`etcd ${version}: ${rounds} faults, ${counter.acknowledged} raised, ${counter.reads} reads`);
    expect(counter.reads).toBeGreaterThan(rounds);
    await cluster.close();
  });
});
