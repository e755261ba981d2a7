import type { Commit } from './history.ts';
import type { Ledger } from './ledger.ts';

/** What the store holds in the end, and held on the way, is what the writers were told: no guest more and no guest less. */
export function outcomeViolations(
  ledger: Ledger,
  entries: Readonly<Record<string, string>>,
  commits: readonly Commit[],
): string[] {
  const { createdGuests, deletedGuests, foreignGuests, complaints } = ledger;
  const violations = [...complaints];
  const there = new Set(Object.keys(entries).flatMap(guestOfRecord));
  for (const guest of createdGuests) {
    if (!there.has(guest) && !deletedGuests.has(guest))
      violations.push(`${guest} was created, nobody deleted it, and it is gone`);
  }
  for (const guest of deletedGuests) if (there.has(guest)) violations.push(`${guest} was deleted, and it is there`);
  for (const guest of foreignGuests.living) if (!there.has(guest)) violations.push(`${guest} of the plain writer is gone`);
  for (const { revision, changes } of commits) {
    for (const guest of [...changes].flatMap(([key, value]) => (value === null ? [] : guestOfRecord(key)))) {
      if (createdGuests.has(guest) || foreignGuests.ever.has(guest)) continue;
      violations.push(`revision ${revision}: ${guest} was stored, and whoever asked for it was told that nothing was done`);
    }
  }
  return violations;
}

function guestOfRecord(key: string): string[] {
  const [, guest] = /^guests\/([^/]+)\/metadata$/.exec(key) ?? [];
  return guest === undefined ? [] : [guest];
}
