import { ask } from './ask.ts';
import { atLeast, type Measurement, plain } from './goal.ts';
import { type Load, openLoad } from './load.ts';
import { type PeerKind, servePeer } from './peers/peer.ts';
import { type RaceResult, race } from './race.ts';
import { requireSameAnswers } from './same-answer.ts';
import { prefix, type Sample, type Samples } from './sample.ts';
import { serveGateway } from './served-gateway.ts';
import type { ServedProcess } from './served-process.ts';
import { largestNetwork, pageWork, repeatedDashboard, tinyWork, variedDashboard, variedGraph, type Work } from './work.ts';

interface NamedServer {
  readonly name: string;
  readonly server: ServedProcess;
}

const gatewayName = 'gateway';
const ceilingName = 'Mercurius JIT, static memory';
const etcdPeerNames = ['Apollo Server, etcd', 'Mercurius JIT, etcd'];
const guestCount = 10_000;
const turns = 3;
const lightRun = { connections: 64, seconds: 1.5, turns };
const heavyRun = { connections: 8, seconds: 1.5, turns };

/** The gateway and its peers over one etcd, each in a process of its own, asked the same over HTTP. */
export async function measurePeers(samples: Samples): Promise<Measurement[]> {
  const servers = await startServers(await samples.of(guestCount));
  const load = openLoad();
  try {
    const url = servers[0]?.server.url ?? '';
    const networkId = await largestNetwork(url);
    const light = [await tinyWork(url), repeatedDashboard(), await variedDashboard(url)];
    const heavy = [await variedGraph(url), await pageWork(url, 'page of 50', { states: ['RUNNING'], networkId })];
    await requireSameAnswers(
      [...light, ...heavy],
      servers.map(({ name, server }) => ({ name, url: server.url })),
    );
    const measurements: Measurement[] = [];
    for (const work of light) measurements.push(...(await compare(load, servers, { work, ...lightRun })));
    measurements.push(...(await measureFloor(load, url)));
    for (const work of heavy) measurements.push(...(await compare(load, servers, { work, ...heavyRun })));
    return measurements;
  } finally {
    await load.stop();
    await Promise.all(servers.map(({ server }) => server.stop()));
  }
}

async function startServers({ url }: Sample): Promise<readonly NamedServer[]> {
  const gateway = (...options: string[]) => serveGateway(url, ['--no-jobs', ...options]);
  const peer = (kind: PeerKind) => servePeer(kind, url, prefix);
  return [
    { name: gatewayName, server: await gateway() },
    { name: 'gateway --no-jit', server: await gateway('--no-jit') },
    { name: 'gateway --reads direct', server: await gateway('--reads', 'direct') },
    { name: ceilingName, server: await peer('mercurius-memory') },
    { name: etcdPeerNames[0] ?? '', server: await peer('apollo') },
    { name: etcdPeerNames[1] ?? '', server: await peer('mercurius') },
  ];
}

interface Comparison {
  readonly work: Work;
  readonly connections: number;
  readonly seconds: number;
  readonly turns: number;
}

async function compare(load: Load, servers: readonly NamedServer[], { work, ...options }: Comparison): Promise<Measurement[]> {
  const results = await race(
    load,
    servers.map(({ name, server }) => ({ name, server, work })),
    options,
  );
  const of = (name: string): number => results[servers.findIndex((known) => known.name === name)]?.perSecond ?? 0;
  return [
    ...servers.flatMap(({ name }, index) => rows(`peers: ${work.name}: ${name}`, results[index])),
    ...ratios(work.name, of),
  ];
}

function rows(name: string, result: RaceResult | undefined): Measurement[] {
  if (result === undefined) return [];
  const { perSecond, aloneP50Ms, eventLoopP99Ms } = result;
  return [
    plain(name, perSecond, 'a second'),
    plain(`${name}: p50 alone`, aloneP50Ms, 'ms'),
    ...(name.endsWith(`: ${gatewayName}`) ? [plain(`${name}: event-loop delay p99`, eventLoopP99Ms, 'ms')] : []),
  ];
}

function ratios(workName: string, of: (name: string) => number): Measurement[] {
  const isDashboard = workName.startsWith('dashboard');
  const ofCeiling = `peers: ${workName}: gateway / ${ceilingName}`;
  const toCeiling = of(gatewayName) / of(ceilingName);
  return [
    isDashboard ? atLeast(ofCeiling, toCeiling, 1, 'times') : plain(ofCeiling, toCeiling, 'times'),
    ...etcdPeerNames.map((name) => {
      const ratio = of(gatewayName) / of(name);
      const title = `peers: ${workName}: gateway / ${name}`;
      return isDashboard ? atLeast(title, ratio, 10, 'times') : plain(title, ratio, 'times');
    }),
  ];
}

/** What is left of a dashboard query when nothing is done for it. */
async function measureFloor(load: Load, gatewayUrl: string): Promise<Measurement[]> {
  const work = { ...repeatedDashboard(), name: 'dashboard, fixed answer' };
  const server = await servePeer('fixed', '', prefix);
  try {
    const data = await ask(gatewayUrl, work.bodies[0] ?? '');
    await fetch(server.url, { method: 'PUT', body: JSON.stringify({ data }) });
    const [result] = await race(load, [{ name: 'fixed', server, work }], lightRun);
    return rows('peers: dashboard: a fixed answer', result);
  } finally {
    await server.stop();
  }
}
