import { afterAll, beforeAll, describe } from 'vitest';
import { leaseContract } from './contract/leases.ts';
import { lifeContract } from './contract/life.ts';
import { modelContract } from './contract/model.ts';
import { readContract } from './contract/reads.ts';
import { type OpenedStore, openSpace, type Space } from './contract/space.ts';
import { transactionContract } from './contract/transactions.ts';
import { watchContract } from './contract/watches.ts';

export type { OpenedStore } from './contract/space.ts';

/**
 * Proves the sentences of src/store/store.ts on one implementation. `open` is called once for most of the suite, and again for
 * each test that closes its store.
 */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let opened: OpenedStore | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    const space = (): Space => {
      if (opened === undefined) throw new Error('The store did not open');
      return openSpace(opened);
    };
    readContract(space);
    transactionContract(space);
    watchContract(space);
    leaseContract(space);
    lifeContract(space, open);
    modelContract(space);
  });
}
