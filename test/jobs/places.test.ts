import { describe, expect, it } from 'vitest';
import { Parking } from '../../src/jobs/parking.ts';
import { Places, PlacesByKey } from '../../src/jobs/places.ts';

/** Who has a place by now, in the order in which they got it. */
function takers() {
  const taken: string[] = [];
  return { taken, note: (name: string) => () => void taken.push(name) };
}

const nobodyElse = () => undefined;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('places', () => {
  it('are given to so many, and to those who wait in the order in which they came', async () => {
    const places = new Places(2, nobodyElse);
    const { taken, note } = takers();
    const all = ['a', 'b', 'c', 'd'].map((name) => {
      const place = places.open();
      void place.take().then(note(name));
      return place;
    });
    await turn();
    expect([taken, places.hasFree]).toEqual([['a', 'b'], false]);
    all[1]?.leave();
    await turn();
    expect(taken).toEqual(['a', 'b', 'c']);
    all[0]?.leave();
    await turn();
    expect([taken, places.hasFree]).toEqual([['a', 'b', 'c', 'd'], false]);
    all[2]?.leave();
    expect(places.hasFree).toBe(true);
  });

  it('tell when one is free that nobody waits for', async () => {
    let free = 0;
    const places = new Places(1, () => free++);
    const [first, second] = [places.open(), places.open()];
    await first.take();
    const waiting = second.take();
    first.leave();
    await waiting;
    expect(free).toBe(0);
    second.leave();
    second.leave();
    expect(free).toBe(1);
  });

  it('are left once, however often somebody leaves', async () => {
    const places = new Places(1, nobodyElse);
    const [first, second, third] = [places.open(), places.open(), places.open()];
    await first.take();
    first.leave();
    first.leave();
    await second.take();
    expect(places.hasFree).toBe(false);
    first.leave();
    expect(places.hasFree).toBe(false);
    third.leave();
    expect(places.hasFree).toBe(false);
  });

  it('can be taken again by who left one, and are one where somebody takes twice', async () => {
    const places = new Places(2, nobodyElse);
    const place = places.open();
    await place.take();
    await place.take();
    expect(places.hasFree).toBe(true);
    await places.open().take();
    place.leave();
    await place.take();
    expect(places.hasFree).toBe(false);
    place.leave();
    expect(places.hasFree).toBe(true);
  });
});

describe('places by key', () => {
  it('are counted for each key', () => {
    const places = new PlacesByKey(2);
    expect(['a', 'a', 'a', 'b'].map((key) => places.take(key))).toEqual([true, true, false, true]);
    expect(['a', 'b', 'c'].map((key) => places.hasFree(key))).toEqual([false, true, true]);
    places.free('a');
    expect([places.take('a'), places.take('a')]).toEqual([true, false]);
  });

  it('are no more than there are, however often one is freed', () => {
    const places = new PlacesByKey(1);
    places.free('a');
    places.free('a');
    expect([places.take('a'), places.take('a')]).toEqual([true, false]);
  });
});

describe('parking', () => {
  const always = () => true;

  it('lets those go who wait for an agent in the order in which they came, and for no other agent', () => {
    const parking = new Parking();
    parking.park('a', 'here');
    parking.park('b', 'there');
    parking.park('c', 'here');
    expect(['a', 'b', 'c', 'd'].map((guest) => parking.holds(guest))).toEqual([true, true, true, false]);
    expect([parking.unpark('here', always), parking.unpark('here', always), parking.unpark('here', always)]).toEqual([
      'a',
      'c',
      null,
    ]);
    expect(['a', 'b', 'c'].map((guest) => parking.holds(guest))).toEqual([false, true, false]);
  });

  it('forgets those who have nothing to do any more', () => {
    const parking = new Parking();
    for (const guest of ['a', 'b', 'c']) parking.park(guest, 'here');
    expect(parking.unpark('here', (guest) => guest === 'c')).toBe('c');
    expect(['a', 'b', 'c'].map((guest) => parking.holds(guest))).toEqual([false, false, false]);
  });

  it('says once from where a guest was let go', () => {
    const parking = new Parking();
    parking.park('a', 'here');
    expect(parking.cameFrom('a')).toBeNull();
    parking.unpark('here', always);
    expect([parking.cameFrom('a'), parking.cameFrom('a')]).toEqual(['here', null]);
  });

  it('does not say so of one that came back', () => {
    const parking = new Parking();
    parking.park('a', 'here');
    parking.unpark('here', always);
    parking.park('a', 'there');
    expect(parking.cameFrom('a')).toBeNull();
    expect(parking.unpark('here', always)).toBeNull();
    expect(parking.unpark('there', always)).toBe('a');
  });
});
