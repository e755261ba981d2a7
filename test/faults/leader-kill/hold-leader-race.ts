import { openEtcdStore } from '../../../src/store/etcd/index.ts';
import { startGateway } from '../../e2e/program.ts';
import { History } from '../../e2e/race/history.ts';
import { holdRace, type RaceHeld } from '../../e2e/race/hold-race.ts';
import type { Ledger } from '../../e2e/race/ledger.ts';
import { startEtcdCluster } from '../../support/etcd-cluster.ts';
import type { Reading } from '../../support/resuming-reader.ts';
import { Audience, toldOfAll } from './audience.ts';
import { LeaderKiller } from './leader-killer.ts';
import { ReadMeter } from './read-meter.ts';

export interface LeaderRace {
  readonly seed: number;
  readonly writers: number;
  readonly subscribers: number;
  readonly readers: number;
  /** At least; it goes on until enough was done. */
  readonly durationMs: number;
  readonly isEnough: (ledger: Ledger, kills: number) => boolean;
  /** Resolves when the next leader is to be killed. */
  readonly untilNextKill: (ledger: Ledger) => Promise<unknown>;
}

export interface LeaderRaceHeld extends RaceHeld {
  readonly kills: number;
  readonly reads: ReadMeter;
  /** Of each subscriber. */
  readonly readings: readonly Reading[];
  /** How often subscribers had to come again. */
  readonly resumptions: number;
  /** How each gateway ended, and whether it did what it was asked before. */
  readonly endings: readonly unknown[];
}

/** A race of writers over three gateways, each of which asks the members in another order, while the members lose their leader. */
export async function holdLeaderRace(race: LeaderRace): Promise<LeaderRaceHeld> {
  const { seed, writers, subscribers, readers, durationMs, isEnough, untilNextKill } = race;
  const members = await startEtcdCluster('3.5');
  const addresses = members.map(({ url }) => url);
  const store = openEtcdStore({ endpoints: addresses });
  const orders = addresses.map((_, first) => [...addresses.slice(first), ...addresses.slice(0, first)].join());
  const gateways = await Promise.all(
    orders.map((order) => startGateway(['serve', '--no-jobs', '--etcd', order, '--log-level', 'silent'])),
  );
  const urls = gateways.map(({ url }) => url);

  const history = await History.open(store);
  const { revision: after } = await store.status();
  const audience = new Audience({ urls, size: subscribers, after, seed });
  const reads = new ReadMeter(urls, readers);
  const killer = new LeaderKiller(members);
  const held = await holdRace({
    store,
    urls: () => urls,
    ...{ seed, writers, durationMs },
    isEnough: (ledger) => isEnough(ledger, killer.kills),
    trouble: (ledger, over) => killer.run({ untilNext: () => untilNextKill(ledger), over }),
  });
  await reads.end();

  const create = 'mutation { createNetwork(input: {}) { network { id } } }';
  const endings: unknown[] = [];
  for (const gateway of gateways) endings.push(await gateway.ask(create));
  const commits = await history.end(store);
  await audience.end(commits.at(-1)?.revision ?? 0);
  const told = toldOfAll(commits);
  for (const { program } of gateways) endings.push(await program.end('SIGTERM'));
  await store.close();
  for (const member of members) await member.close();
  return {
    ...held,
    kills: killer.kills,
    reads,
    readings: audience.readers.map(({ seen }) => ({ told, seen })),
    resumptions: audience.readers.reduce((sum, reader) => sum + reader.endings.length - 1, 0),
    endings,
  };
}
