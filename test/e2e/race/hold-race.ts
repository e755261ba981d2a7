import { keyFromText, prefixRange } from '../../../src/store/range.ts';
import type { Store } from '../../../src/store/store.ts';
import { invariantViolations } from '../../support/invariants.ts';
import { History, mostKeys, nameOf } from './history.ts';
import { historyViolations } from './history-check.ts';
import { Ledger } from './ledger.ts';
import { outcomeViolations } from './outcome-check.ts';
import { runRace } from './race.ts';
import { Sender } from './sender.ts';
import { fickleHypervisor, prefix, subnets, worldWrites } from './world.ts';

export interface RaceToHold {
  /** The store of the gateways, by a connection of its own. */
  readonly store: Store;
  /** Where the gateways are now. */
  readonly urls: () => readonly string[];
  /** It goes on for so long, and until enough was done. */
  readonly durationMs: number;
  readonly isEnough: (ledger: Ledger) => boolean;
  readonly seed: number;
  /** Of guests. Default: 64. */
  readonly writers?: number;
  /** Kills gateways and breaks connections until the race is over. Absent: nobody does. */
  readonly trouble?: (ledger: Ledger, over: AbortSignal) => Promise<void>;
}

export interface RaceHeld {
  readonly ledger: Ledger;
  /** Of everything that must hold: in the end, at each commit on the way, and of what the writers were told. */
  readonly violations: readonly string[];
  readonly commits: number;
  /** Of the subnet that has too few, held at the same time. */
  readonly mostAddresses: number;
}

/** Fills an empty keyspace, lets all writers race in it, and then looks for anything that is wrong. */
export async function holdRace({ store, urls, trouble, ...race }: RaceToHold): Promise<RaceHeld> {
  await store.commit({ compares: [], writes: worldWrites() });
  const before = await entriesOf(store);
  const history = await History.open(store);
  const ledger = new Ledger();
  const over = new AbortController();
  const troubled = trouble?.(ledger, over.signal);
  await runRace({ sender: new Sender({ urls, ledger, isFaulty: trouble !== undefined }), ledger, store, ...race });
  over.abort();
  await troubled;
  const commits = await history.end(store);
  const entries = await entriesOf(store);
  const foreignGuests = ledger.foreignGuests.ever;
  const mayOvercommit = new Set([fickleHypervisor]);
  const violations = [
    ...invariantViolations(entries, { foreignGuests, mayOvercommit }),
    ...historyViolations({ before, commits, foreignGuests, mayOvercommit }),
    ...outcomeViolations(ledger, entries, commits),
  ];
  const mostAddresses = mostKeys(before, commits, `subnets/${subnets.fewAddresses}/addresses/`);
  return { ledger, violations, commits: commits.length, mostAddresses };
}

async function entriesOf(store: Store): Promise<Readonly<Record<string, string>>> {
  const { results } = await store.read({ ranges: [prefixRange(keyFromText(prefix))] });
  const entries = results[0]?.entries ?? [];
  return Object.fromEntries(entries.map(({ key, value }) => [nameOf(key), value.toString()]));
}
