import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { defaultRequestTimeoutMs } from '../../src/store/etcd/options.ts';
import { expectAsTold } from '../support/resuming-reader.ts';
import { holdLeaderRace } from './leader-kill/hold-leader-race.ts';

const durationMs = 60_000;
const betweenKillsMs = 5000;
const subscribers = 200;

it('64 writers and 200 subscribers while the leader is killed every 5 s: nothing is lost, nothing comes twice', async () => {
  const held = await holdLeaderRace({
    ...{ seed: 1, subscribers, durationMs, writers: 64, readers: 8 },
    isEnough: (ledger, kills) => kills >= 10 && ledger.countOf('done') > 500,
    // The passing of time is what is tested: members that come back, and connections that are made anew, have that long.
    untilNextKill: () => pause(betweenKillsMs),
  });
  const { readings, reads, violations, ledger } = held;
  console.info(`${held.kills} kills, ${held.commits} commits, ${ledger.countOf('done')} mutations done, ${ledger.resent} resent`);
  console.info(`${readings[0]?.seen.length} events at each of ${readings.length} subscribers, ${held.resumptions} resumptions`);
  const [half, most, slowest] = [50, 99, 100].map((percent) => reads.percentile(percent));
  console.info(`${reads.count} reads, p50 ${half} ms, p99 ${most} ms, max ${slowest} ms, ${JSON.stringify(reads.refusals)}`);
  console.info(`${ledger.summary()}\n${ledger.answers.summary()}`);
  expect(violations).toEqual([]);
  for (const reading of readings) expectAsTold(reading);
  expect(readings).toHaveLength(subscribers);
  expect(most).toBeLessThan(2 * defaultRequestTimeoutMs);
  const created = { createNetwork: { network: { id: expect.any(String) } } };
  const ended = expect.objectContaining({ code: 0, stderr: '' });
  expect(held.endings).toEqual([created, created, created, ended, ended, ended]);
});
