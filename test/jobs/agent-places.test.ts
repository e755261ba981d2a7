import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentPlaces } from '../../src/jobs/agent-places.ts';
import type { PendingJob } from '../../src/jobs/job-board.ts';

/** What it is of is nothing to the places. */
const pending = {} as PendingJob;

/** Places, and the guests that were let go since they were last asked for. */
function openPlaces({
  limit,
  hasWork = () => true,
}: {
  readonly limit: number;
  readonly hasWork?: (guestId: string) => boolean;
}) {
  let gone: string[] = [];
  const places = new AgentPlaces({
    limit,
    letGo(guestId) {
      if (hasWork(guestId)) gone.push(guestId);
      return hasWork(guestId);
    },
  });
  return {
    places,
    park: (guestId: string, hypervisorId: string) => places.park(guestId, { hypervisorId, pending }),
    takeGone() {
      const taken = gone;
      gone = [];
      return taken;
    },
  };
}

describe('places at agents', () => {
  it('are counted for each agent, and are no more than there are, however often one is freed', () => {
    const { places } = openPlaces({ limit: 2 });
    expect(['a', 'a', 'a', 'b'].map((agent) => places.take(agent))).toEqual([true, true, false, true]);
    for (let time = 0; time < 4; time++) places.free('a');
    expect([places.take('a'), places.take('a'), places.take('a')]).toEqual([true, true, false]);
  });

  it('let those go who wait for one in the order in which they came, and for no other agent', () => {
    const { places, park, takeGone } = openPlaces({ limit: 1 });
    for (const agent of ['here', 'there']) places.take(agent);
    park('a', 'here');
    park('b', 'there');
    park('c', 'here');
    expect([takeGone(), places.parkedCount]).toEqual([[], 3]);
    places.free('here');
    expect([takeGone(), ['a', 'b', 'c'].map((guest) => places.parkedWith(guest))]).toEqual([['a'], [null, pending, pending]]);
    places.take('here');
    places.leave('a');
    expect(takeGone()).toEqual([]);
    places.free('here');
    expect(takeGone()).toEqual(['c']);
  });

  it('are for the next one where the one who was let go does not take his', () => {
    const { places, park, takeGone } = openPlaces({ limit: 1 });
    places.take('here');
    for (const guest of ['a', 'b', 'c']) park(guest, 'here');
    places.free('here');
    places.leave('a');
    places.leave('b');
    expect(takeGone()).toEqual(['a', 'b', 'c']);
  });

  it('pass over those who have nothing to do any more', () => {
    const { places, park, takeGone } = openPlaces({ limit: 1, hasWork: (guest) => guest === 'c' });
    places.take('here');
    for (const guest of ['a', 'b', 'c']) park(guest, 'here');
    places.free('here');
    expect([takeGone(), places.parkedCount]).toEqual([['c'], 0]);
  });

  it('let one go at once who comes to wait when one is free', () => {
    const { places, park, takeGone } = openPlaces({ limit: 1 });
    park('a', 'here');
    expect([takeGone(), places.parkedCount]).toEqual([['a'], 0]);
  });

  it('forget where a guest waited that waits elsewhere now', () => {
    const { places, park, takeGone } = openPlaces({ limit: 1 });
    for (const agent of ['here', 'there']) places.take(agent);
    park('a', 'here');
    park('a', 'there');
    places.free('here');
    expect([takeGone(), places.parkedCount]).toEqual([[], 1]);
    places.free('there');
    expect(takeGone()).toEqual(['a']);
  });
});

const agents = ['here', 'there'] as const;
const limit = 2;

/**
 * What becomes of a guest: it gets a job, or loses it to somebody else; it has its turn to claim it, and then comes to wait if there was no
 * place; its claim is refused; its job ends.
 */
const step = fc.record({
  type: fc.constantFrom('begin', 'lose', 'claim', 'claim', 'wait', 'wait', 'refuse', 'end'),
  guest: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  agent: fc.constantFrom(...agents),
});

/** Guests as a runner has them, each in one of the maps at most: to the agent of its hypervisor. */
class Guests {
  readonly queued = new Map<string, string>();
  readonly letGo = new Map<string, string>();
  /** They found no place, and do not wait yet. */
  readonly turnedAway = new Map<string, string>();
  readonly parked = new Map<string, string>();
  readonly working = new Map<string, string>();
  readonly places = new AgentPlaces({ limit, letGo: (guest) => move(guest, this.parked, this.letGo) });

  begin(guest: string, agent: string): void {
    const all = [this.queued, this.letGo, this.turnedAway, this.parked, this.working];
    if (!all.some((some) => some.has(guest))) this.queued.set(guest, agent);
  }

  claim(guest: string, isRefused: boolean): void {
    move(guest, this.letGo, this.queued);
    const agent = this.queued.get(guest);
    if (agent === undefined) return;
    const isTaken = this.places.take(agent);
    if (isTaken && isRefused) this.places.free(agent);
    else move(guest, this.queued, isTaken ? this.working : this.turnedAway);
    this.places.leave(guest);
  }

  wait(guest: string): void {
    const agent = this.turnedAway.get(guest);
    if (agent === undefined) return;
    move(guest, this.turnedAway, this.parked);
    this.places.park(guest, { hypervisorId: agent, pending });
  }

  end(guest: string): void {
    const agent = this.working.get(guest);
    this.working.delete(guest);
    if (agent !== undefined) this.places.free(agent);
  }

  lose(guest: string): void {
    for (const some of [this.queued, this.letGo, this.parked]) some.delete(guest);
    this.places.leave(guest);
  }
}

function move(guest: string, from: Map<string, string>, to: Map<string, string>): boolean {
  const agent = from.get(guest);
  if (agent !== undefined) to.set(guest, agent);
  return from.delete(guest);
}

describe('guests that wait for places at agents', () => {
  it('are let go as long as there are places that nobody else was let go for, whatever becomes of the others', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
        const guests = new Guests();
        for (const { type, guest, agent } of steps) {
          if (type === 'begin') guests.begin(guest, agent);
          if (type === 'claim' || type === 'refuse') guests.claim(guest, type === 'refuse');
          if (type === 'wait') guests.wait(guest);
          if (type === 'end') guests.end(guest);
          if (type === 'lose') guests.lose(guest);
          expect(guests.places.parkedCount).toBe(guests.parked.size);
          for (const each of agents) {
            const count = (some: ReadonlyMap<string, string>) => [...some.values()].filter((at) => at === each).length;
            const [working, letGo] = [count(guests.working), count(guests.letGo)];
            expect(working).toBeLessThanOrEqual(limit);
            if (count(guests.parked) > 0) expect(working + letGo).toBeGreaterThanOrEqual(limit);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
