import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Authenticator, revokeToken } from '../../src/auth/index.ts';
import { newTokenText } from '../../src/auth/token.ts';
import { compareEveryMs, openTokenAuthenticator } from '../../src/auth/token-authenticator.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import type { ReadRequest, Store } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { storeWith } from '../support/store-with.ts';
import { endOf, keys, makeToken, outcomeOf } from './credential.ts';

let store: Store;
let clock = new Date();

beforeEach(() => {
  store = openMemoryStore({ log: silentLog });
  clock = new Date('2026-06-01T00:00:00.000Z');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});

function open(members: Partial<Store> = {}): Authenticator {
  const authenticator = openTokenAuthenticator({ store: storeWith(store, members), keys, log: silentLog, now: () => clock });
  onTestFinished(() => authenticator.close());
  return authenticator;
}

/** Time goes on, for timers and for the clock. */
async function pass(ms: number): Promise<void> {
  clock = new Date(clock.getTime() + ms);
  await vi.advanceTimersByTimeAsync(ms);
}

describe('a token that expires', () => {
  it('ends its streams then, and is refused from then on', async () => {
    const authenticator = open();
    const token = await makeToken(store, { expiresAt: new Date(clock.getTime() + 1000) });
    const viewer = await authenticator.authenticate(token);
    const ends: string[] = [];
    authenticator.onEnd(viewer, (end) => ends.push(end));
    await pass(999);
    expect(ends).toEqual([]);
    expect(await outcomeOf(authenticator, token)).toEqual(viewer);
    await pass(1);
    expect(ends).toEqual(['EXPIRED']);
    expect(await outcomeOf(authenticator, token)).toBe('UNAUTHENTICATED');
    await revokeToken({ store, keys }, token);
    expect(ends).toEqual(['EXPIRED']);
  });

  it('is waited for longer than a timer can', async () => {
    const authenticator = open();
    const days = 24 * 60 * 60 * 1000;
    const token = await makeToken(store, { expiresAt: new Date(clock.getTime() + 25 * days) });
    const ended = endOf(authenticator, await authenticator.authenticate(token));
    const first = await Promise.race([ended, pass(24.9 * days)]);
    expect(first).toBeUndefined();
    await pass(0.1 * days);
    expect(await ended).toBe('EXPIRED');
  });

  it('ends within a minute when the clock is set', async () => {
    const authenticator = open();
    const token = await makeToken(store, { expiresAt: new Date(clock.getTime() + 3_600_000) });
    const ended = endOf(authenticator, await authenticator.authenticate(token));
    clock = new Date(clock.getTime() + 3_600_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ended).toBe('EXPIRED');
  });

  it('leaves no timer behind when nobody waits any more', async () => {
    const authenticator = open();
    const token = await makeToken(store, { expiresAt: new Date(clock.getTime() + 3_600_000) });
    const viewer = await authenticator.authenticate(token);
    const before = vi.getTimerCount();
    const stops = Array.from({ length: 100 }, () => authenticator.onEnd(viewer, () => undefined));
    expect(vi.getTimerCount()).toBe(before + 100);
    for (const stop of stops) stop();
    expect(vi.getTimerCount()).toBe(before);
  });
});

describe('a watch that says nothing', () => {
  /** As that of a member which is cut off from the others: it goes on, and nothing comes. */
  const silent: Pick<Store, 'watch'> = {
    async watch({ after = 0, signal }) {
      const over = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      return {
        after,
        requestProgress: () => undefined,
        close: async () => undefined,
        [Symbol.asyncIterator]: () => ({ next: () => over.then(() => ({ done: true, value: undefined })) }),
      };
    },
  };

  it('hides a revocation for half a minute at most', async () => {
    const authenticator = open(silent);
    const [token, kept] = [await makeToken(store), await makeToken(store)];
    const [viewer, keptViewer] = [await authenticator.authenticate(token), await authenticator.authenticate(kept)];
    const ended = endOf(authenticator, viewer);
    await revokeToken({ store, keys }, token);
    expect(await outcomeOf(authenticator, token)).toEqual(viewer);
    await pass(compareEveryMs);
    expect(await ended).toBe('REVOKED');
    expect(await outcomeOf(authenticator, token)).toBe('UNAUTHENTICATED');
    expect(await outcomeOf(authenticator, kept)).toEqual(keptViewer);
  });

  it('does not keep a new token from working', async () => {
    const authenticator = open(silent);
    await authenticator.authenticate(await makeToken(store));
    expect(await outcomeOf(authenticator, await makeToken(store, { role: 'admin' }))).toMatchObject({ role: 'admin' });
  });
});

describe('made-up tokens', () => {
  it('cost the store a few reads, however many there are, and are remembered', async () => {
    const requests: ReadRequest[] = [];
    const gate = new Deferred<void>();
    const authenticator = open({
      async read(request) {
        if (request.ranges[0]?.end === undefined) {
          requests.push(request);
          await gate.promise;
        }
        return store.read(request);
      },
    });
    const made = Array.from({ length: 1000 }, () => newTokenText());
    const outcomes = Promise.all([...made, ...made].map((token) => outcomeOf(authenticator, token)));
    gate.resolve();
    // Of those for which there was no room in the queue nobody knows.
    expect(new Set(await outcomes)).toEqual(new Set(['UNAUTHENTICATED', 'STORE_UNAVAILABLE']));
    expect(requests.map(({ ranges }) => ranges.length)).toEqual([1, 64, 64, 64, 64]);
    const [first = '', second = ''] = made;
    expect(await Promise.all([first, second].map((token) => outcomeOf(authenticator, token)))).toHaveLength(2);
    expect(requests).toHaveLength(5);
    // One that is there is found all the same.
    expect(await outcomeOf(authenticator, await makeToken(store))).toMatchObject({ role: 'viewer' });
  });

  it('do not reach the store when they do not look like tokens', async () => {
    let reads = 0;
    const authenticator = open({
      read: (request) => {
        if (request.ranges[0]?.end === undefined) reads += 1;
        return store.read(request);
      },
    });
    for (const text of ['lgw_', 'lgw_x', `lgw_${'A'.repeat(42)}B`, `LGW_${'A'.repeat(43)}`]) {
      expect(await outcomeOf(authenticator, text)).toBe('UNAUTHENTICATED');
    }
    expect(reads).toBe(0);
  });
});
