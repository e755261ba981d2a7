import { describe, expect, it } from 'vitest';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { startGateway } from './program.ts';
import { holdRace } from './race/hold-race.ts';
import type { Ledger } from './race/ledger.ts';

const durationMs = 20_000;

/** That much must have been done, and have gone wrong, for the race to have been one. */
function isEnough(ledger: Ledger): boolean {
  const done = (field: string) => ledger.countOf('done', field);
  const isDone = done('createGuest') > 200 && done('placeGuest') > 50 && done('unplaceGuest') > 100 && done('deleteGuest') > 80;
  const refused = (code: string) => ledger.countOf(code);
  // Races that were lost are decided again: few of them end in CONFLICT, but others took what was wanted.
  const isContended = refused('INVALID_STATE') > 100 && refused('NO_CANDIDATES') > 50 && refused('IN_USE') > 10;
  return isDone && isContended && ledger.foreignGuests.ever.size > 50;
}

describe('64 writers over three gateways, beside one that knows nothing of them', () => {
  it('hand nothing out twice, leave nothing dangling, overcommit nothing, and do what they say', {
    timeout: 300_000,
  }, async () => {
    const etcd = await startEtcdWithStore({ version: '3.5' });
    const args = ['serve', '--no-jobs', '--etcd', etcd.server.url, '--log-level', 'error'];
    const gateways = await Promise.all([1, 2, 3].map(() => startGateway(args)));
    const urls = gateways.map(({ url }) => url);
    const seed = Date.now() % 2 ** 31;
    const held = await holdRace({ store: etcd.store, urls: () => urls, durationMs, isEnough, seed });
    const { ledger, violations, commits, mostAddresses } = held;
    console.info(`race with seed ${seed}, ${commits} commits, ${mostAddresses} addresses at a time. ${ledger.summary()}`);
    expect(violations).toEqual([]);
    expect(isEnough(ledger)).toBe(true);
    expect(mostAddresses).toBe(62);
    for (const { program } of gateways) expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    await etcd.close();
  });
});
