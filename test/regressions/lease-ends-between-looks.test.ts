// Symptom: a lease of the embedded store never ended when its time came between two looks at the clock.
import { afterEach, expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('a timer that fires a little too early: the lease ends all the same', async () => {
  let now = 0;
  let stepMs = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += stepMs;
    return now;
  });
  const store = openMemoryStore({ log: silentLog });
  const { id } = await store.grantLease(10);
  await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('x'), leaseId: id }] });
  [now, stepMs] = [9999.8, 0.15];
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.advanceTimersByTimeAsync(10);
  expect((await store.read({ ranges: [{ start: 'a' }] })).results[0]?.entries).toEqual([]);
  vi.useRealTimers();
  await store.close();
});
