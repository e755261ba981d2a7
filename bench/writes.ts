import { atLeast, type Measurement, plain } from './goal.ts';
import { type Load, openLoad } from './load.ts';
import type { LoadResult } from './load-process.ts';
import { quantile } from './measure.ts';
import type { Samples } from './sample.ts';
import { serveGateway } from './served-gateway.ts';
import type { ServedProcess } from './served-process.ts';
import { pageWork, repeatedDashboard, variedDashboard, type Work } from './work.ts';
import { openWriter, type Writer } from './writer.ts';

const guestCount = 100_000;
const writesPerSecond = 200;
const turns = 3;
const connections = 64;
/** Of a quiet run. */
const seconds = 2;

/** The same requests while nothing and while much is written, in turns. */
export async function measureWrites(samples: Samples): Promise<Measurement[]> {
  const { url: etcdUrl } = await samples.of(guestCount);
  const gateway = await serveGateway(etcdUrl, ['--no-jobs']);
  const writer = await openWriter(etcdUrl, writesPerSecond);
  const load = openLoad();
  try {
    const { url } = gateway;
    const works = [
      repeatedDashboard(),
      await variedDashboard(url),
      await pageWork(url, 'page of 50 by state', { states: ['RUNNING'] }),
    ];
    const measurements: Measurement[] = [];
    for (const work of works) measurements.push(...(await compare({ load, writer, gateway, work })));
    return measurements;
  } finally {
    await load.stop();
    await writer.stop();
    await gateway.stop();
  }
}

interface Comparison {
  readonly load: Load;
  readonly writer: Writer;
  readonly gateway: ServedProcess;
  readonly work: Work;
}

async function compare({ load, writer, gateway, work }: Comparison): Promise<Measurement[]> {
  const { url } = gateway;
  const quiet: LoadResult[] = [];
  const written: LoadResult[] = [];
  const rates: number[] = [];
  const loops: number[] = [];
  const warm = await load.warmUp(work, { url, connections });
  const requests = Math.max(connections, Math.ceil(warm.perSecond * seconds));
  for (let turn = 0; turn < turns; turn++) {
    quiet.push(await load.run(work, { url, connections, requests }));
    writer.start();
    await gateway.resetProbe();
    written.push(await load.run(work, { url, connections, requests }));
    loops.push((await gateway.readProbe()).eventLoopP99Ms);
    rates.push(await writer.pause());
  }
  const median = (of: keyof LoadResult, results: readonly LoadResult[]) =>
    quantile(
      results.map((result) => result[of]),
      0.5,
    );
  const name = `writes: ${work.name}, of ${guestCount.toLocaleString('en')} guests`;
  return [
    plain(`${name}: quiet`, median('perSecond', quiet), 'a second'),
    plain(`${name}: quiet: p99`, median('p99Ms', quiet), 'ms'),
    plain(`${name}: written to`, median('perSecond', written), 'a second'),
    plain(`${name}: written to: p99`, median('p99Ms', written), 'ms'),
    plain(`${name}: written to: event-loop delay p99`, Math.max(...loops), 'ms'),
    plain(`${name}: writes that were done`, quantile(rates, 0.5), 'a second'),
    atLeast(`${name}: written to / quiet`, median('perSecond', written) / median('perSecond', quiet), 0.8, 'times'),
  ];
}
