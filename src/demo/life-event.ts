import type { GuestState } from '../store/entities/guest-state.ts';
import type { Random } from './random.ts';

/** A guest as life sees it. */
export interface LivingGuest {
  readonly id: string;
  readonly state: GuestState;
  readonly hypervisorId: string | null;
}

/** What life knows of the cluster when it decides what happens next. */
export interface LifeView {
  /** Some of those that were there from the beginning. */
  readonly residents: readonly LivingGuest[];
  /** All that life created, oldest first. */
  readonly visitors: readonly LivingGuest[];
  /** Hypervisors that could miss their heartbeats. */
  readonly hypervisorIds: readonly string[];
  /** The one that misses them. */
  readonly silent: { readonly hypervisorId: string; readonly forMs: number } | null;
}

export type LifeAction = 'RESTART' | 'SUSPEND' | 'SHUTDOWN' | 'START';

export type LifeEvent =
  | { readonly type: 'create' }
  | { readonly type: 'delete'; readonly guestId: string }
  | { readonly type: 'act'; readonly guestId: string; readonly action: LifeAction }
  | { readonly type: 'die'; readonly guestId: string; readonly hypervisorId: string; readonly state: 'crashed' | 'shutoff' }
  | { readonly type: 'silence'; readonly hypervisorId: string }
  | { readonly type: 'wake'; readonly hypervisorId: string };

/** Life creates no more guests than so many, and deletes the oldest instead. */
const visitorLimit = 10;
/** Who misses its heartbeats does so for so long. */
const silenceMs = 20_000;

/** Says what happens next; null: nothing can. */
export function chooseEvent(view: LifeView, random: Random): LifeEvent | null {
  const { silent } = view;
  if (silent !== null && silent.forMs >= silenceMs) return { type: 'wake', hypervisorId: silent.hypervisorId };
  const events = possibleEvents(view, random);
  return events.length === 0 ? null : random.weighted(events);
}

/** One event of each sort that is possible, with its weight. */
function possibleEvents(view: LifeView, random: Random): readonly (readonly [weight: number, event: LifeEvent])[] {
  const guests = [...view.residents, ...view.visitors];
  const running = oneOf(guests.filter(isIn('RUNNING')), random);
  const idle = oneOf(guests.filter(isIn('STOPPED', 'SUSPENDED', 'ERROR')), random);
  const oldest = view.visitors.find(({ state }) => state !== 'DELETING');
  const hypervisorId = oneOf(view.hypervisorIds, random);
  const events: (readonly [number, LifeEvent | null])[] = [
    [view.visitors.length < visitorLimit ? 5 : 0, { type: 'create' }],
    [view.visitors.length < visitorLimit ? 0 : 5, oldest === undefined ? null : { type: 'delete', guestId: oldest.id }],
    [3, act(running, 'RESTART')],
    [2, act(running, 'SUSPEND')],
    [2, act(running, 'SHUTDOWN')],
    // As many as are stopped are started, so that the cluster neither fills up nor falls asleep.
    [6, act(idle, 'START')],
    [2, death(running, random)],
    [view.silent === null ? 1 : 0, hypervisorId === null ? null : { type: 'silence', hypervisorId }],
  ];
  return events.filter((entry): entry is readonly [number, LifeEvent] => entry[0] > 0 && entry[1] !== null);
}

function act(guest: LivingGuest | null, action: LifeAction): LifeEvent | null {
  return guest === null ? null : { type: 'act', guestId: guest.id, action };
}

function death(guest: LivingGuest | null, random: Random): LifeEvent | null {
  if (guest === null || guest.hypervisorId === null) return null;
  const state = random.below(2) === 0 ? 'crashed' : 'shutoff';
  return { type: 'die', guestId: guest.id, hypervisorId: guest.hypervisorId, state };
}

function isIn(...states: readonly GuestState[]): (guest: LivingGuest) => boolean {
  return ({ state }) => states.includes(state);
}

function oneOf<Item>(items: readonly Item[], random: Random): Item | null {
  return items[random.below(items.length)] ?? null;
}
