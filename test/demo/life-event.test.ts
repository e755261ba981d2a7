import { describe, expect, it } from 'vitest';
import { chooseEvent, type LifeEvent, type LifeView, type LivingGuest } from '../../src/demo/life-event.ts';
import { openRandom } from '../../src/demo/random.ts';
import { type GuestState, guestStates } from '../../src/store/entities/guest-state.ts';

const nobody: LifeView = { residents: [], visitors: [], hypervisorIds: [], silent: null };

function guest(id: string, state: GuestState): LivingGuest {
  return { id, state, hypervisorId: 'h' };
}

function visitors(count: number, state: GuestState): readonly LivingGuest[] {
  return Array.from({ length: count }, (_, index) => guest(`v${index}`, state));
}

/** What may happen next, each once. */
function eventsIn(view: Partial<LifeView>): readonly LifeEvent[] {
  const random = openRandom(1);
  const events = new Map<string, LifeEvent>();
  for (let count = 0; count < 500; count++) {
    const event = chooseEvent({ ...nobody, ...view }, random);
    if (event !== null) events.set(JSON.stringify(event), event);
  }
  return [...events.values()];
}

describe('what happens next in a sample cluster', () => {
  it('follows from the view and the random numbers alone', () => {
    const view = { ...nobody, residents: guestStates.map((state) => guest(state, state)), hypervisorIds: ['a', 'b'] };
    const story = (seed: number) => {
      const random = openRandom(seed);
      return Array.from({ length: 50 }, () => chooseEvent(view, random));
    };
    expect(story(3)).toEqual(story(3));
    expect(story(3)).not.toEqual(story(4));
  });

  it('is a new guest where there is nothing else, and nothing where there may be no more', () => {
    expect(eventsIn({})).toEqual([{ type: 'create' }]);
    expect(eventsIn({ visitors: visitors(10, 'DELETING') })).toEqual([]);
  });

  it('is the end of the oldest guest that was created so, where there are many', () => {
    expect(eventsIn({ visitors: visitors(9, 'PENDING') })).toEqual([{ type: 'create' }]);
    expect(eventsIn({ visitors: visitors(10, 'PENDING') })).toEqual([{ type: 'delete', guestId: 'v0' }]);
    const leaving = [guest('v0', 'DELETING'), ...visitors(12, 'PENDING').slice(1)];
    expect(eventsIn({ visitors: leaving })).toEqual([{ type: 'delete', guestId: 'v1' }]);
  });

  it('happens to a running guest: an action, or a death of either sort', () => {
    const events = eventsIn({ residents: [guest('r', 'RUNNING')] });
    expect(new Set(events)).toEqual(
      new Set([
        { type: 'create' },
        { type: 'act', guestId: 'r', action: 'RESTART' },
        { type: 'act', guestId: 'r', action: 'SUSPEND' },
        { type: 'act', guestId: 'r', action: 'SHUTDOWN' },
        { type: 'die', guestId: 'r', hypervisorId: 'h', state: 'crashed' },
        { type: 'die', guestId: 'r', hypervisorId: 'h', state: 'shutoff' },
      ]),
    );
  });

  it.each(['STOPPED', 'SUSPENDED', 'ERROR'] as const)('starts a guest that is %s', (state) => {
    const start = { type: 'act', guestId: 'r', action: 'START' };
    expect(new Set(eventsIn({ residents: [guest('r', state)] }))).toEqual(new Set([{ type: 'create' }, start]));
  });

  it.each(['UNPLACED', 'PENDING', 'CREATING', 'DELETING', 'UNKNOWN'] as const)('leaves a guest alone that is %s', (state) => {
    expect(eventsIn({ residents: [guest('r', state)] })).toEqual([{ type: 'create' }]);
  });

  it('lets one hypervisor at a time miss its heartbeats, for a while', () => {
    const hypervisorIds = ['a', 'b'];
    const silences = eventsIn({ hypervisorIds }).filter(({ type }) => type === 'silence');
    expect(new Set(silences)).toEqual(new Set(hypervisorIds.map((hypervisorId) => ({ type: 'silence', hypervisorId }))));
    const silent = (forMs: number) => eventsIn({ hypervisorIds, silent: { hypervisorId: 'a', forMs } });
    expect(silent(19_999)).toEqual([{ type: 'create' }]);
    expect(silent(20_000)).toEqual([{ type: 'wake', hypervisorId: 'a' }]);
  });

  it('stops guests about as often as it starts them', () => {
    const random = openRandom(5);
    const states = new Map<string, GuestState>(visitors(40, 'RUNNING').map(({ id, state }) => [id, state]));
    const after: Partial<Record<string, GuestState>> = {
      RESTART: 'RUNNING',
      SUSPEND: 'SUSPENDED',
      SHUTDOWN: 'STOPPED',
      START: 'RUNNING',
    };
    for (let count = 0; count < 3000; count++) {
      const event = chooseEvent({ ...nobody, residents: [...states].map(([id, state]) => guest(id, state)) }, random);
      if (event?.type === 'act') states.set(event.guestId, after[event.action] ?? 'UNKNOWN');
      if (event?.type === 'die') states.set(event.guestId, event.state === 'crashed' ? 'ERROR' : 'STOPPED');
    }
    const running = [...states.values()].filter((state) => state === 'RUNNING').length;
    expect(running).toBeGreaterThan(10);
    expect(running).toBeLessThan(40);
  });
});
