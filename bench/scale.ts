import { atMost, type Measurement, plain } from './goal.ts';
import { type Load, openLoad } from './load.ts';
import { servePeer } from './peers/peer.ts';
import { type Runner, race } from './race.ts';
import { requireSameAnswers } from './same-answer.ts';
import { prefix, type Samples } from './sample.ts';
import { serveGateway } from './served-gateway.ts';
import { largestNetwork, type PageQuestion, pageWork } from './work.ts';

const guestCounts = [1000, 100_000];
const run = { connections: 64, seconds: 1.5, turns: 3 };

const questions: readonly { readonly name: string; of(networkId: string): PageQuestion }[] = [
  { name: 'by state', of: () => ({ states: ['RUNNING'] }) },
  { name: 'by network', of: (networkId) => ({ networkId }) },
  { name: 'by state and network', of: (networkId) => ({ states: ['RUNNING'], networkId }) },
  { name: 'by state and network, not counted', of: (networkId) => ({ states: ['RUNNING'], networkId, isCounted: false }) },
];

/** Pages of 50 of a filtered list by name: the same question to clusters of two sizes, in turns. */
export async function measureScale(samples: Samples): Promise<Measurement[]> {
  const urls: string[] = [];
  for (const count of guestCounts) urls.push((await samples.of(count)).url);
  const gateways = await Promise.all(urls.map((url) => serveGateway(url, ['--no-jobs'])));
  const ceiling = await servePeer('mercurius-memory', urls.at(-1) ?? '', prefix);
  const load = openLoad();
  try {
    const networkId = await largestNetwork(gateways[0]?.url ?? ''); // the same in each
    const measurements: Measurement[] = [];
    for (const { name, of } of questions) {
      const runners: Runner[] = [];
      for (const [index, server] of gateways.entries()) {
        const size = guestCounts[index]?.toLocaleString('en') ?? '';
        const work = await pageWork(server.url, `page of 50 ${name}, of ${size} guests`, of(networkId));
        runners.push({ name: size, server, work });
      }
      const largest = runners.at(-1);
      if (largest === undefined) throw new Error('There is no cluster');
      await requireSameAnswers(
        [largest.work],
        [
          { name: 'the gateway', url: largest.server.url },
          { name: 'Mercurius', url: ceiling.url },
        ],
      );
      measurements.push(...(await measureSizes(load, name, [...runners, { ...largest, server: ceiling }])));
    }
    return measurements;
  } finally {
    await load.stop();
    await Promise.all([...gateways, ceiling].map((server) => server.stop()));
  }
}

async function measureSizes(load: Load, name: string, runners: readonly Runner[]): Promise<Measurement[]> {
  const results = await race(load, runners, run);
  const [small, large] = results;
  return [
    ...results.flatMap(({ perSecond, aloneP50Ms }, index) => {
      const server = index === guestCounts.length ? 'Mercurius JIT, static memory' : 'gateway';
      const title = `scale: page of 50 ${name}, of ${runners[index]?.name} guests: ${server}`;
      return [plain(title, perSecond, 'a second'), plain(`${title}: p50 alone`, aloneP50Ms, 'ms')];
    }),
    atMost(
      `scale: page of 50 ${name}: time of one out of 100,000 / out of 1,000`,
      (small?.perSecond ?? 0) / (large?.perSecond ?? 0),
      2,
      'times',
    ),
  ];
}
