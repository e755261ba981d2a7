import { describe, expect, it } from 'vitest';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { randomFrom } from '../support/random.ts';
import { FaultyGateways } from './race/faulty-gateways.ts';
import { holdRace } from './race/hold-race.ts';
import type { Ledger } from './race/ledger.ts';

const durationMs = 60_000;

function isEnough(ledger: Ledger): boolean {
  return ['createGuest', 'placeGuest', 'unplaceGuest', 'deleteGuest'].every((field) => ledger.countOf('done', field) > 100);
}

describe('64 writers over three gateways that are killed, and whose connections break', () => {
  it.each([1, 2, 3])('find out what became of each request, and all of it is right (seed %i)', async (seed) => {
    const etcd = await startEtcdWithStore({ version: '3.5' });
    const gateways = await FaultyGateways.start(etcd.server.port);
    const { ledger, violations, commits } = await holdRace({
      store: etcd.store,
      urls: () => gateways.urls(),
      durationMs,
      isEnough,
      seed,
      trouble: (told, over) => gateways.trouble(told, randomFrom(seed), over),
    });
    const { kills, cuts } = gateways;
    console.info(`race ${seed}: ${commits} commits, ${kills} kills, ${cuts} cuts, ${ledger.resent} resent. ${ledger.summary()}`);
    expect(violations).toEqual([]);
    expect(isEnough(ledger)).toBe(true);
    expect(kills).toBeGreaterThan(2);
    expect(cuts).toBeGreaterThan(10);
    expect(ledger.resent).toBeGreaterThan(10);
    await gateways.close();
    await etcd.close();
  });
});
