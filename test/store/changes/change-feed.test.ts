import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { Deferred } from '../../support/deferred.ts';
import { storeWith } from '../../support/store-with.ts';
import { cursors, type FeedFixture, type FeedFixtureOptions, openFeed, take } from './feed-fixture.ts';

let fixture: FeedFixture;
afterEach(() => fixture.close());

function open(options?: FeedFixtureOptions): FeedFixture {
  fixture = openFeed(options);
  return fixture;
}

describe('A feed of changes', () => {
  it('opens no watch before somebody listens, and one for all who do', async () => {
    const { watches, subscribe, put, feed } = open();
    expect(watches.opened).toBe(0);
    const streams = await Promise.all(Array.from({ length: 50 }, () => subscribe()));
    const revision = await put('a');
    for (const stream of streams) expect(await take(stream, 1)).toEqual([`${revision}.0`]);
    expect(watches).toEqual({ open: 1, opened: 1 });
    expect(feed.streamCount).toBe(50);
  });

  it('closes the watch some time after the last one left, and opens another for who comes then', async () => {
    const { watches, subscribe, put, feed } = open({ lingerMs: 1 });
    const stream = await subscribe();
    await stream.return();
    expect(feed.streamCount).toBe(0);
    await expect.poll(() => watches.open).toBe(0);
    const again = await subscribe();
    const revision = await put('a');
    expect(await take(again, 1)).toEqual([`${revision}.0`]);
    expect(watches).toEqual({ open: 1, opened: 2 });
  });

  it('fails nobody who comes while the watch of those before is being closed', async () => {
    const closing = new Deferred();
    const closed = new Deferred();
    const { subscribe, put, watches } = open({
      lingerMs: 0,
      wrap: (store) =>
        storeWith(store, {
          async watch(request) {
            const watch = await store.watch(request);
            if (watches.opened > 1) return watch;
            const close = async () => {
              closing.resolve();
              await closed.promise;
              await watch.close();
            };
            return {
              ...watch,
              close,
              requestProgress: () => undefined,
              [Symbol.asyncIterator]: () => watch[Symbol.asyncIterator](),
            };
          },
        }),
    });
    await (await subscribe()).return();
    await closing.promise;
    const stream = await subscribe();
    closed.resolve();
    await expect.poll(() => watches.open).toBe(1);
    const revision = await put('a');
    expect(await take(stream, 1)).toEqual([`${revision}.0`]);
  });

  it('closes the watch of one that is told of the past when that one goes', async () => {
    const { watches, subscribe, put, newest } = open();
    const revision = await newest();
    for (let count = 0; count < 200; count++) await put(`n${count}`);
    await subscribe();
    const past = await subscribe({ after: { revision, index: null } });
    await take(past, 1);
    expect(watches.open).toBe(2);
    await past.return();
    await expect.poll(() => watches.open).toBe(1);
  });

  it('keeps the watch for who comes back soon', async () => {
    const { watches, subscribe, put } = open();
    const stream = await subscribe();
    await stream.return();
    const again = await subscribe();
    await put('a');
    await take(again, 1);
    expect(watches).toEqual({ open: 1, opened: 1 });
  });

  it('tells who comes from a little further back than the watch by its window', async () => {
    const { watches, subscribe, put } = open();
    const first = await subscribe();
    const revisions = [await put('a'), await put('b'), await put('c')];
    await take(first, 3);
    const after = { revision: revisions[0] ?? 0, index: null };
    expect(await take(await subscribe({ after }), 2)).toEqual([`${revisions[1]}.0`, `${revisions[2]}.0`]);
    expect(watches.opened).toBe(1);
  });

  it('has the watch begin where its first subscriber does, when that is near', async () => {
    const { watches, subscribe, put, newest } = open();
    const revision = await newest();
    const told = [await put('a'), await put('b')];
    const stream = await subscribe({ after: { revision, index: null } });
    expect(await take(stream, 2)).toEqual(told.map((one) => `${one}.0`));
    expect(watches).toEqual({ open: 1, opened: 1 });
  });

  it('tells who comes from further back by a watch of its own, which is closed when that has caught up', async () => {
    const { watches, subscribe, put, newest } = open();
    const revision = await newest();
    const told = [await put('a'), await put('b')];
    const now = await subscribe();
    const past = await subscribe({ after: { revision, index: null } });
    expect(await take(past, 2)).toEqual(told.map((one) => `${one}.0`));
    await expect.poll(() => watches).toEqual({ open: 1, opened: 2 });
    const next = await put('c');
    expect(await take(past, 1)).toEqual([`${next}.0`]);
    expect(await take(now, 1)).toEqual([`${next}.0`]);
  });

  it('opens a limited number of such watches at once, and serves all all the same', async () => {
    const { watches, subscribe, put, newest } = open();
    const revision = await newest();
    for (let count = 0; count < 200; count++) await put(`n${count}`);
    await subscribe();
    const counts: number[] = [];
    const reading = Array.from({ length: 150 }, async () => {
      const stream = await subscribe({ after: { revision, index: null } });
      counts.push(watches.open);
      return await take(stream, 200);
    });
    for (const told of await Promise.all(reading)) expect(told).toHaveLength(200);
    expect(Math.max(...counts)).toBe(65);
  });

  it('fails one whose history is gone, and no other', async () => {
    const { subscribe, put } = open({ historyRevisions: 5 });
    const first = await put('first');
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await put(name);
    const now = await subscribe();
    await expect(subscribe({ after: { revision: first, index: null } })).rejects.toMatchObject({
      code: 'REVISION_COMPACTED',
      details: { oldestRevision: expect.any(Number) },
    });
    const revision = await put('h');
    expect(await take(now, 1)).toEqual([`${revision}.0`]);
  });

  it('fails all when the history of its watch is gone, and begins anew for who comes then', async () => {
    const broken = new Deferred<never>();
    const { subscribe, put, watches } = open({
      wrap: (store) =>
        storeWith(store, {
          async watch(request) {
            const watch = await store.watch(request);
            if (watches.opened > 1) return watch;
            const lost = { next: () => broken.promise };
            return { ...watch, close: () => watch.close(), requestProgress: () => undefined, [Symbol.asyncIterator]: () => lost };
          },
        }),
    });
    const streams = [await subscribe(), await subscribe()];
    const ends = streams.map((stream) => expect(stream.next()).rejects.toMatchObject({ code: 'REVISION_COMPACTED' }));
    broken.reject(new GatewayError('REVISION_COMPACTED', 'It is gone'));
    await Promise.all(ends);
    const again = await subscribe();
    const revision = await put('a');
    expect(await take(again, 1)).toEqual([`${revision}.0`]);
  });

  it('fails a subscription when the store can not be watched, and serves the next one', async () => {
    let isDown: boolean = true;
    const { subscribe, put } = open({
      wrap: (store) =>
        storeWith(store, {
          watch: (request) =>
            isDown ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'It is away')) : store.watch(request),
        }),
    });
    await expect(subscribe()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    isDown = false;
    const stream = await subscribe();
    const revision = await put('a');
    expect(await take(stream, 1)).toEqual([`${revision}.0`]);
  });

  it('ends one whose signal aborts, also where it waits, and forgets it', async () => {
    const { subscribe, feed } = open();
    const controller = new AbortController();
    const stream = await subscribe({ signal: controller.signal });
    const pending = stream.next();
    controller.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(feed.streamCount).toBe(0);
    const late = await subscribe({ signal: controller.signal });
    expect(await late.next()).toEqual({ done: true, value: undefined });
    expect(feed.streamCount).toBe(0);
  });

  it('ends one with the reason of its signal also where only the last of what it asked for is left', async () => {
    const { subscribe, put, newest } = open();
    const controller = new AbortController();
    const until = (await newest()) + 1;
    const stream = await subscribe({ until, signal: controller.signal });
    await put('a', 'b');
    expect(await take(stream, 1)).toEqual([`${until}.0`]);
    controller.abort(new GatewayError('UNAUTHENTICATED', 'It was revoked'));
    const details = { resumeAfter: `${until}.0` };
    await expect(stream.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', details });
  });

  it('lets one go that has taken all that it asked for', async () => {
    const { subscribe, put, newest, feed } = open();
    const stream = await subscribe({ until: (await newest()) + 1 });
    await put('a', 'b');
    await take(stream, 2);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(feed.streamCount).toBe(0);
  });

  it.each([
    ['a change', 10],
    ['the last change that it asked for', 1],
  ])('waits for a store that does not answer while it judges %s', async (_what, ahead) => {
    let failures = 0;
    const { subscribe, store, newest } = open({
      wrap: (real) =>
        storeWith(real, {
          read: (request) =>
            request.at !== undefined && failures++ === 0
              ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'It is away'))
              : real.read(request),
        }),
    });
    const stream = await subscribe({
      until: (await newest()) + ahead,
      selection: {
        touches: ({ kind }) => kind === 'GUEST',
        judge: async (change, commit) => ((await commit.versionsOf(change)).before === null ? 'new' : 'known'),
      },
    });
    const key = 'lochness/guests/cccccccc-0000-4000-8000-000000000001/metadata';
    await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from('{}') }] });
    expect(await take(stream, 1)).toEqual(['new']);
    expect(failures).toBe(2);
  });

  it('takes a commit apart once, and reads a node once, for all who listen', async () => {
    const versions = new Set<unknown>();
    const { subscribe, store } = open();
    const selection = {
      ...cursors,
      touches: ({ kind }: { readonly kind: string }) => kind === 'FLAVOR',
      judge: async (...[change, commit]: Parameters<typeof cursors.judge>) => {
        versions.add((await commit.versionsOf(change)).after);
        return 'told';
      },
    };
    const streams = await Promise.all(Array.from({ length: 20 }, () => subscribe({ selection })));
    const value = Buffer.from('{"image":"eeeeeeee-0000-4000-8000-000000000001","memory":1,"disk":1,"cpu":1}');
    const key = 'lochness/flavors/ffffffff-0000-4000-8000-000000000001/metadata';
    await store.commit({ compares: [], writes: [{ type: 'put', key, value }] });
    for (const stream of streams) await take(stream, 1);
    expect([...versions]).toMatchObject([{ kind: 'FLAVOR', resources: { memory: 1n } }]);
  });
});
