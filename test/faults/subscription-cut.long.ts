import { describe, expect, it } from 'vitest';
import { etcdVersions } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { expectAsTold } from '../support/resuming-reader.ts';
import { cutSubscriptions } from '../support/subscription-cuts.ts';

const changes = 100_000;
const seeds = [100, 200, 300];

describe.each(etcdVersions)('a subscription at a gateway whose connection to etcd %s breaks, for long', (version) => {
  it.each(seeds)('is told each change once and in order, wherever it breaks (seed %i)', async (seed) => {
    const etcd = await startEtcdWithStore({ version });
    const { main, others, cuts, logLines } = await cutSubscriptions({ etcd, seed, gateways: 10, faultsEach: 100, changes });
    console.info(`etcd ${version}, seed ${seed}: ${main.seen.length} changes, ${cuts} cuts, ${others.length} other readers`);
    for (const reading of [main, ...others]) expectAsTold(reading);
    expect(main.seen.length).toBeGreaterThanOrEqual(changes);
    expect(cuts).toBeGreaterThanOrEqual(1000);
    expect(logLines).toEqual([]);
    await etcd.close();
  });
});
