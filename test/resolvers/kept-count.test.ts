import { expect, it, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { keptCount } from '../../src/resolvers/kept-count.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { openLoaded, viewOf } from '../store/catalog/loaded-catalog.ts';

it('The length of a list is counted once, but where what it is asked for is too long to be kept', async () => {
  const store = openMemoryStore({ log: silentLog });
  const catalog = await openLoaded(store);
  const view = viewOf(catalog);
  const count = vi.fn(() => 7);
  const asked = (question: string) => keptCount(view, question, count);
  expect([asked('short'), asked('short'), count.mock.calls.length]).toEqual([7, 7, 1]);
  const long = 'x'.repeat(1025);
  expect([asked(long), asked(long), count.mock.calls.length]).toEqual([7, 7, 3]);
  catalog.close();
  await store.close();
});
