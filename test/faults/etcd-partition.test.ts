import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CountingGateways } from '../support/counting-gateways.ts';
import { leaderOf } from '../support/etcd-cluster.ts';
import { openCounter } from '../support/linearizability.ts';
import { clusterFaults, clusterOutages, prefix, ShakyCluster } from '../support/shaky-cluster.ts';

const requestTimeoutMs = 500;
/** Room for a busy machine. */
const boundMs = 20 * requestTimeoutMs;

describe('two gateways on a cluster of three', () => {
  let cluster: ShakyCluster;
  let gateways: CountingGateways;
  beforeAll(async () => {
    cluster = await ShakyCluster.start({ version: '3.5', requestTimeoutMs });
    const counter = await openCounter(cluster.outside, `${prefix}counter`);
    gateways = new CountingGateways({ stores: cluster.stores, counter, boundMs });
  });
  afterEach(() => cluster.heal());
  afterAll(() => cluster.close());

  it.each(clusterFaults)('go on when %s, and read all that was written', async (fault) => {
    const led = await cluster.break(fault);
    await gateways.untilItGoesOn();
    const rest = cluster.members.filter((member) => member !== led);
    if (fault.startsWith('the leader')) expect(rest).toContain(await leaderOf(rest));
    cluster.heal();
    await gateways.untilItGoesOn();
  });

  it.each(clusterOutages)('say STORE_UNAVAILABLE in bounded time when %s, and go on when that is over', async (fault) => {
    await cluster.break(fault);
    expect(await gateways.tryOnce()).toEqual([false, false, false, false]);
    cluster.heal();
    await gateways.untilItGoesOn();
  });
});
