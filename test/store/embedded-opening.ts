import type { Store } from '../../src/store/store.ts';
import type { OpenedStore } from './store-contract.ts';

/** Short, so that a suite can let it overflow. */
export const contractHistory = { revisions: 500, bytes: 64 * 1024 * 1024 };

/** An embedded store forgets by age only: as many commits as the history holds make a revision the oldest one. */
export function openedForContract(store: Store, close: () => Promise<void>, tellsProgress = true): OpenedStore {
  return {
    store,
    prefix: 'contract/',
    alone: true,
    tellsProgress,
    compact: async (revision) => {
      const { revision: newest } = await store.status();
      const filler = { compares: [], writes: [{ type: 'put', key: 'filler', value: Buffer.alloc(0) }] } as const;
      const missing = revision + contractHistory.revisions - newest;
      await Promise.all(Array.from({ length: missing }, () => store.commit(filler)));
    },
    close,
  };
}
