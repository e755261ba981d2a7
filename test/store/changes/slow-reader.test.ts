import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Selection } from '../../../src/store/changes/index.ts';
import { parseEventCursor } from '../../../src/store/values/event-cursor.ts';
import { Deferred } from '../../support/deferred.ts';
import { cursors, type FeedFixture, openFeed, take } from './feed-fixture.ts';

let fixture: FeedFixture;
afterEach(() => fixture.close());

/** What `resumeAfter` of the error that ends a stream says. */
async function resumeAfter(next: Promise<unknown>): Promise<string> {
  const error = await next.then(
    () => new Error('An event came'),
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ code: 'SLOW_CONSUMER' });
  return Object(error).details.resumeAfter;
}

describe('A reader that is too slow', () => {
  it('is ended where it was, disturbs no other, and goes on from there without a gap or a repeat', async () => {
    fixture = openFeed({ eventLimit: 10 });
    const { subscribe, put, feed } = fixture;
    const slow = await subscribe();
    const other = await subscribe();
    const told: string[] = [];
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) told.push(`${await put('a')}.0`);
    seen.push(...(await take(slow, 2)));
    for (let count = 0; count < 20; count++) {
      told.push(`${await put('a')}.0`);
      await take(other, count === 0 ? 4 : 1);
    }
    const after = await resumeAfter(slow.next());
    expect(after).toBe(told[1]);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(feed.streamCount).toBe(1);
    const cursor = parseEventCursor(after);
    if (cursor === null) throw new Error(`${after} is no cursor`);
    seen.push(...(await take(await subscribe({ after: cursor }), told.length - 2)));
    expect(seen).toEqual(told);
  });

  it('may have as many waiting as the limit says, and a last commit that is larger than what was left', async () => {
    fixture = openFeed({ eventLimit: 3 });
    const { subscribe, put } = fixture;
    const stream = await subscribe();
    const revisions = [await put('a'), await put('b'), await put('c', 'd', 'e', 'f')];
    const quick = await subscribe();
    const told = [`${revisions[0]}.0`, `${revisions[1]}.0`, ...[0, 1, 2, 3].map((index) => `${revisions[2]}.${index}`)];
    expect(await take(stream, 6)).toEqual(told);
    await quick.return();
  });

  it('is told of a past that is longer than its queue at its own pace', async () => {
    fixture = openFeed({ eventLimit: 5 });
    const { subscribe, put, newest } = fixture;
    const revision = await newest();
    const told: string[] = [];
    for (let count = 0; count < 100; count++) told.push(`${await put('a')}.0`);
    await subscribe();
    const stream = await subscribe({ after: { revision, index: null } });
    expect(await take(stream, 100)).toEqual(told);
  });

  it('is not slow for what it does not want', async () => {
    fixture = openFeed({ eventLimit: 5 });
    const { subscribe, put, store } = fixture;
    const stream = await subscribe({
      selection: {
        touches: () => true,
        // Known only after a look: until then it takes room.
        judge: ({ name, revision }) => Promise.resolve(name === 'wanted' ? String(revision) : null),
      },
    });
    for (let count = 0; count < 50; count++) {
      await put('unwanted');
      await store.commit({ compares: [], writes: [{ type: 'put', key: 'lochness/gateway/x', value: Buffer.from('') }] });
    }
    const revision = await put('wanted');
    expect(await take(stream, 1)).toEqual([String(revision)]);
  });

  it('is not slow while what it waits for is judged: it is told all of it at the pace of that', async () => {
    fixture = openFeed({ eventLimit: 3 });
    const { subscribe, put, feed } = fixture;
    const verdict = new Deferred();
    const stream = await subscribe({
      selection: { ...cursors, judge: (...change) => verdict.promise.then(() => cursors.judge(...change)) },
    });
    const told: string[] = [];
    const taking = take(stream, 40);
    for (let count = 0; count < 40; count++) told.push(`${await put('a')}.0`);
    verdict.resolve();
    expect(await taking).toEqual(told);
    expect(feed.streamCount).toBe(1);
  });

  it('hears of its end also while its next event is judged, which it does not get then', async () => {
    fixture = openFeed();
    const { subscribe, put, newest, feed } = fixture;
    const verdict = new Deferred<string>();
    const from = await newest();
    const stream = await subscribe({ selection: { touches: () => true, judge: () => verdict.promise } });
    const other = await subscribe();
    const pending = stream.next().catch((error: unknown) => error);
    await put('a');
    await take(other, 1);
    await feed.close();
    verdict.resolve('too late');
    expect(await pending).toMatchObject({ code: 'SERVER_DRAINING', details: { resumeAfter: String(from) } });
  });

  it('goes on behind all that it did not want, however long ago it began', async () => {
    fixture = openFeed({ eventLimit: 2 });
    const { subscribe, put } = fixture;
    const stream = await subscribe({
      selection: { ...cursors, judge: ({ name, revision }) => (name === 'wanted' ? String(revision) : null) },
    });
    // Who hears of everything tells when the other one has: it must not begin to wait before.
    const other = await subscribe();
    const tell = async (name: string) => {
      const revision = await put(name);
      await take(other, 1);
      return revision;
    };
    let before = 0;
    for (let count = 0; count < 50; count++) before = await tell('unwanted');
    for (let count = 0; count < 4; count++) await tell('wanted');
    expect(await resumeAfter(stream.next())).toBe(String(before));
  });

  it('fails with what judging an event failed with, in its turn', async () => {
    fixture = openFeed();
    const { subscribe, put } = fixture;
    const stream = await subscribe({
      selection: {
        touches: () => true,
        judge: ({ name }) => (name === 'bad' ? Promise.reject(new Error('It can not be judged')) : name),
      },
    });
    await put('good', 'bad');
    // In key order the bad one comes first.
    await expect(stream.next()).rejects.toThrow('It can not be judged');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });
});

describe('A reader that is told of the past', () => {
  afterEach(() => vi.useRealTimers());

  async function openPast(selection: Selection<string>) {
    fixture = openFeed();
    const { subscribe, put, newest } = fixture;
    const revision = await newest();
    for (let count = 0; count < 200; count++) await put('a');
    await subscribe();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    return subscribe({ after: { revision, index: null }, selection });
  }

  it('is ended when it takes nothing for long, since others may wait for its place', async () => {
    const stream = await openPast(cursors);
    await take(stream, 1);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(1));
    vi.advanceTimersByTime(60_000);
    await expect(stream.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER' });
  });

  it('is not ended while it waits for the gateway, however long', async () => {
    const verdict = new Deferred();
    const stream = await openPast({ ...cursors, judge: (...change) => verdict.promise.then(() => cursors.judge(...change)) });
    const taking = take(stream, 200);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(1));
    vi.advanceTimersByTime(600_000);
    verdict.resolve();
    expect(await taking).toHaveLength(200);
  });
});
