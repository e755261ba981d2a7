import { ask, bodyOf } from './ask.ts';
import { atMost, type Measurement, plain } from './goal.ts';
import { openLoad } from './load.ts';
import { quantile } from './measure.ts';
import type { Samples } from './sample.ts';
import { serveGateway, startGateway, untilReady } from './served-gateway.ts';
import type { ServedProcess } from './served-process.ts';
import { variedDashboard } from './work.ts';

const guestCount = 100_000;
const starts = 3;
const requests = 5000;

/** A gateway over a large cluster, from its process's beginning; and the memory that it has then and after work. */
export async function measureStart(samples: Samples): Promise<Measurement[]> {
  const { url: etcdUrl } = await samples.of(guestCount);
  const ready: number[] = [];
  const firstAnswer: number[] = [];
  for (let start = 0; start < starts; start++) {
    ready.push(await timeStart(etcdUrl, untilReady));
    firstAnswer.push(await timeStart(etcdUrl, ({ url }) => ask(url, bodyOf('{ guests(first: 1) { nodes { id } } }', {}))));
  }
  const size = `${guestCount.toLocaleString('en')} guests`;
  return [
    atMost(`start: ready, ${size}`, quantile(ready, 0.5), 3000, 'ms'),
    plain(`start: first answer, ${size}`, quantile(firstAnswer, 0.5), 'ms'),
    ...(await measureMemory(etcdUrl, size)),
  ];
}

async function timeStart(etcdUrl: string, until: (gateway: ServedProcess) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  const gateway = await startGateway(etcdUrl, ['--no-jobs']);
  try {
    await until(gateway);
    return performance.now() - startedAt;
  } finally {
    await gateway.stop();
  }
}

async function measureMemory(etcdUrl: string, size: string): Promise<Measurement[]> {
  const gateway = await serveGateway(etcdUrl, ['--no-jobs']);
  const load = openLoad();
  try {
    const loaded = gateway.residentMiB();
    const work = await variedDashboard(gateway.url);
    await load.run(work, { url: gateway.url, connections: 64, requests });
    return [
      atMost(`memory: resident when ready, ${size}`, loaded, 512, 'MiB'),
      atMost(`memory: resident after work, ${size}`, gateway.residentMiB(), 512, 'MiB'),
      plain(`memory: heap after work, ${size}`, (await gateway.readProbe()).heapMiB, 'MiB'),
      plain(`memory: the most that was resident, ${size}`, gateway.mostResidentMiB(), 'MiB'),
    ];
  } finally {
    await load.stop();
    await gateway.stop();
  }
}
