import { describe, expect, it } from 'vitest';
import { Places } from '../../src/jobs/places.ts';

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

describe('a place', () => {
  it('that somebody takes twice at the same time, while none is free, is one', async () => {
    const places = new Places(2, nobodyElse);
    const [first, second, third] = [places.open(), places.open(), places.open()];
    await Promise.all([first.take(), second.take()]);
    const taking = Promise.all([third.take(), third.take()]);
    first.leave();
    await taking;
    expect(places.hasFree).toBe(false);
    second.leave();
    expect(places.hasFree).toBe(true);
    await places.open().take();
    expect(places.hasFree).toBe(false);
    third.leave();
    expect(places.hasFree).toBe(true);
  });
});
