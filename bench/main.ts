import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openServices } from '../src/context.ts';
import { createSampleCluster } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { buildSchema } from '../src/schema/index.ts';
import { openKeys } from '../src/store/keys.ts';
import { startEtcdWithStore } from '../test/support/etcd-store.ts';
import type { Gateway } from './answer.ts';
import { type Measurement, plain, table } from './goal.ts';
import { measureGraph } from './graph.ts';
import { measureGuest } from './guest.ts';
import { measureJobs } from './jobs.ts';
import { measureLive } from './live.ts';
import { measurePages } from './pages.ts';
import { measurePlacement } from './placement.ts';

const hypervisorCount = 100;
const guestCount = 10_000;
const prefix = 'lochness/';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
// Thousands of reads of one object each, sent together, take longer than the default timeout.
const etcd = await startEtcdWithStore({}, { requestTimeoutMs: 120_000 });
try {
  const { store, server } = etcd;
  const keys = openKeys(prefix);
  const signal = new AbortController().signal;
  await createSampleCluster({ store, keys, hypervisorCount, guestCount, now: new Date(), signal });
  const services = openServices({ store, prefix, log: silentLog });
  const gateway: Gateway = { schema: buildSchema(), services };
  const { version } = await store.status();

  const eventLoop = monitorEventLoopDelay({ resolution: 5 });
  eventLoop.enable();
  const measurements: Measurement[] = [
    ...(await measureGraph(gateway)),
    ...(await measurePages(gateway, guestCount)),
    ...(await measureGuest(gateway, server.url)),
  ];
  eventLoop.disable();
  const { rss, heapUsed } = process.memoryUsage();
  measurements.push(
    plain('memory: resident', rss / 2 ** 20, 'MiB'),
    plain('memory: heap in use', heapUsed / 2 ** 20, 'MiB'),
    plain('event loop: longest stop, one by one included', eventLoop.max / 1e6, 'ms'),
    ...(await measureLive()),
    ...(await measurePlacement()),
    ...(await measureJobs()),
  );

  const result = { node: process.version, etcd: version, hypervisorCount, guestCount, measurements };
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(JSON.stringify(result));
  console.log(`\nNode ${process.version}, etcd ${version}, ${hypervisorCount} hypervisors, ${guestCount} guests\n`);
  console.log(table(measurements));
} finally {
  await etcd.close();
}
