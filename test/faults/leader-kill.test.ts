import { expect, it } from 'vitest';
import { defaultRequestTimeoutMs } from '../../src/store/etcd/options.ts';
import { expectAsTold } from '../support/resuming-reader.ts';
import { holdLeaderRace } from './leader-kill/hold-leader-race.ts';

const kills = 2;
const operationsBetweenKills = 40;
const leastDone = 60;

it('a cluster whose leader is killed: nothing is lost, done twice or handed out twice, and each subscriber is told all, once', {
  timeout: 120_000,
}, async () => {
  const held = await holdLeaderRace({
    ...{ seed: 1, writers: 8, subscribers: 20, readers: 2, durationMs: 0 },
    isEnough: (ledger, killed) => killed >= kills && ledger.countOf('done') > leastDone,
    untilNextKill: (ledger) => ledger.after(operationsBetweenKills),
  });
  const { readings, reads, violations, ledger } = held;
  console.info(
    `${held.kills} kills, ${held.commits} commits, ${readings[0]?.seen.length} events, ${held.resumptions} resumptions`,
  );
  console.info(`${reads.count} reads, p99 ${reads.percentile(99)} ms. ${ledger.summary()}`);
  console.info(ledger.answers.summary());
  expect(violations).toEqual([]);
  for (const reading of readings) expectAsTold(reading);
  expect(readings).toHaveLength(20);
  expect(reads.percentile(99)).toBeLessThan(2 * defaultRequestTimeoutMs);
  const created = { createNetwork: { network: { id: expect.any(String) } } };
  const ended = expect.objectContaining({ code: 0, stderr: '' });
  expect(held.endings).toEqual([created, created, created, ended, ended, ended]);
});
