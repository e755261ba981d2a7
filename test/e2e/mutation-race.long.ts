import { describe, expect, it } from 'vitest';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { randomFrom } from '../support/random.ts';
import { FaultyGateways } from './race/faulty-gateways.ts';
import { holdRace } from './race/hold-race.ts';
import type { Ledger } from './race/ledger.ts';

const durationMs = 60_000;

function isEnough(ledger: Ledger, { kills, cuts }: FaultyGateways): boolean {
  const fields = ['createGuest', 'placeGuest', 'unplaceGuest', 'deleteGuest'];
  const isDone = fields.every((field) => ledger.countOf('done', field) > 100);
  return isDone && kills > 2 && cuts > 10 && ledger.resent > 10;
}

describe('64 writers over three gateways that are killed, and whose connections break', () => {
  it.each([1, 2, 3])('find out what became of each request, and all of it is right (seed %i)', async (seed) => {
    const etcd = await startEtcdWithStore({ version: '3.5' });
    const gateways = await FaultyGateways.start(etcd.server.port);
    const { ledger, violations, commits } = await holdRace({
      store: etcd.store,
      urls: () => gateways.urls(),
      durationMs,
      isEnough: (told) => isEnough(told, gateways),
      seed,
      trouble: (told, over) => gateways.trouble(told, randomFrom(seed), over),
    });
    const { kills, cuts } = gateways;
    console.info(`race ${seed}: ${commits} commits, ${kills} kills, ${cuts} cuts, ${ledger.resent} resent. ${ledger.summary()}`);
    expect(violations).toEqual([]);
    expect(isEnough(ledger, gateways)).toBe(true);
    await gateways.close();
    await etcd.close();
  });
});
