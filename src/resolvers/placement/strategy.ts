import type { Resources } from '../../store/entities/entity.ts';

export type PlacementStrategy = 'RANDOM' | 'SPREAD' | 'PACK';

/** A hypervisor as strategies see it. */
export interface Ranked {
  readonly id: string;
  readonly free: Resources;
}

/** Candidates, best first. */
export function inOrderOf<T extends Ranked>(
  strategy: PlacementStrategy,
  { candidates, random }: { readonly candidates: readonly T[]; readonly random: () => number },
): T[] {
  switch (strategy) {
    case 'RANDOM':
      return shuffled(candidates, random);
    case 'SPREAD':
      return [...candidates].sort((a, b) => compare(b.free.memory, a.free.memory) || compare(a.id, b.id));
    case 'PACK':
      return [...candidates].sort((a, b) => compare(a.free.memory, b.free.memory) || compare(a.id, b.id));
  }
}

/** The items in random order, every order as likely as the others, at the cost of those that somebody takes. */
export function* drawn<T>(items: readonly T[], random: () => number): Generator<T> {
  const left = [...items];
  for (let length = left.length; length > 0; length--) {
    const place = Math.floor(random() * length);
    const [item, last] = [left[place], left[length - 1]];
    if (item === undefined || last === undefined) return;
    left[place] = last;
    yield item;
  }
}

/** Every order is as likely as the others. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const drawn = items.map((item) => ({ item, at: random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/**
 * Whether a second best hypervisor will do, so that callers who decide at the same time need not be in each other's way. Not for
 * PACK: the guests that come together are the ones to go together.
 */
export function isEvasive(strategy: PlacementStrategy): boolean {
  return strategy !== 'PACK';
}

/** However many races were lost, the choice is among so few: further ones are not what was asked for. */
const mostChoices = 4;

/**
 * How many of the best to choose among. Callers who decide at the same time find the same hypervisor to be the best, and only one of
 * them gets it: its commit makes those of the others void. If all of these chose the best again, again only one of them would win.
 * So with each lost race they spread over twice as many.
 */
export function choicesAfter(lostRaces: number, strategy: PlacementStrategy): number {
  return isEvasive(strategy) ? Math.min(2 ** lostRaces, mostChoices) : 1;
}

function compare(a: bigint | string, b: bigint | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
