import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { type MutationHome, type MutationSpace, type MutationStore, openMutationSpace } from './mutation-space.ts';
import { networkMutations } from './network.ts';

/** What each test is given: a keyspace that is empty when it begins. */
export type Space = () => MutationSpace;

const suites: Readonly<Record<string, (space: Space) => void>> = {
  networks: networkMutations,
};

/** Every mutation, on a real store. */
export function mutationContract(home: MutationHome): void {
  describe(`mutations on ${home.name}`, () => {
    let opened: MutationStore;
    let space: MutationSpace;

    beforeAll(async () => {
      opened = await home.open();
    });
    beforeEach(async () => {
      space = await openMutationSpace(opened.store);
    });
    afterAll(() => opened.close());

    for (const [kind, suite] of Object.entries(suites)) describe(kind, () => suite(() => space));
  });
}
