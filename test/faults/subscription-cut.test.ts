import { describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { ChangeLog } from '../support/change-log.ts';
import { etcdVersions } from '../support/etcd.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { expectAsTold, ResumingReader } from '../support/resuming-reader.ts';
import { cutSubscriptions } from '../support/subscription-cuts.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** The newer etcd is asked for all of it, the older one for less: npm run test:long asks both for ten times as much. */
const extents = { '3.4': { changes: 2_500, faultsEach: 7 }, '3.5': { changes: 10_000, faultsEach: 26 } };
/** Between two places where the connection is cut. */
const stepBytes = { toServer: 25, toClient: 300 };

describe.each(etcdVersions)('a subscription at a gateway whose connection to etcd %s breaks', (version) => {
  it('is told each change once and in order, wherever it breaks', { timeout: 120_000 }, async () => {
    const etcd = await startEtcdWithStore({ version });
    const { changes, faultsEach } = extents[version];
    const { main, others, cuts, logLines } = await cutSubscriptions({ etcd, seed: 1, gateways: 4, faultsEach, changes });
    for (const reading of [main, ...others]) expectAsTold(reading);
    expect(main.seen.length).toBeGreaterThanOrEqual(changes);
    expect(cuts).toBeGreaterThanOrEqual(4 * (faultsEach - 1));
    expect(logLines).toEqual([]);
    await etcd.close();
  });

  it('is told of the past although it breaks while that is asked for, anywhere before the watch is accepted or behind', async () => {
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 1000 });
    const log = new ChangeLog(etcd.store, randomFrom(2));
    const after = await log.mark();
    await log.write(8);
    const gateway = await startGateway({ store, schema, logLevel: 'error' });
    // Who comes first has the watch of all begin here, so that others need one of their own for what is before.
    const first = new ResumingReader({ url: () => gateway.url, after: await log.mark() });
    await first.untilTold(await log.mark());

    let cuts = 0;
    for (const direction of ['toServer', 'toClient'] as const) {
      let isCut: boolean = true;
      for (let bytes = 0; isCut; bytes += stepBytes[direction]) {
        isCut = false;
        void proxy.cutAfter(direction, bytes).then(() => {
          isCut = true;
          cuts++;
        });
        const reader = new ResumingReader({ url: () => gateway.url, after });
        await reader.untilTold(log.newest);
        proxy.disarm();
        await reader.close();
        expectAsTold({ told: log.after(after), seen: reader.seen });
      }
    }
    expect(cuts).toBeGreaterThan(20);
    await first.close();
    await gateway.stop();
    expect(gateway.logLines).toEqual([]);
    await store.close();
    await proxy.close();
    await etcd.close();
  });

  it('waits for what etcd does not answer, longer than a request may take and however many changes wait', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const etcd = await startEtcdWithStore({ version });
    const proxy = await startTcpProxy(etcd.server.port);
    const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 1000 });
    const log = new ChangeLog(etcd.store, randomFrom(3));
    const gateway = await startGateway({ store, schema, logLevel: 'warn' });
    const after = await log.mark();
    const reader = new ResumingReader({ url: () => gateway.url, after });
    await reader.untilTold(await log.mark());
    // It hears of commits, but can't ask what else it takes to tell of guests.
    proxy.pause('toServer');
    await log.write(60);
    const newest = await log.mark();
    await gateway.lineSaying('changes can not be told yet');
    proxy.cut();
    proxy.resume();
    await reader.untilTold(newest);
    await reader.close();
    expectAsTold({ told: log.after(after), seen: reader.seen });
    expect(reader.endings).toEqual([{ code: null }]);
    await gateway.stop();
    // An outage that ends for some before it ends for others may be told of twice; not for each of sixty.
    expect(gateway.logLines.filter(({ msg }) => msg === 'changes can not be told yet').length).toBeLessThan(10);
    await store.close();
    await proxy.close();
    await etcd.close();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});
