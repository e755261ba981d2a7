import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { type MutationHome, type MutationSpace, type MutationStore, openMutationSpace } from '../mutation/mutation-space.ts';
import { changeEvents } from './change.ts';
import { guestEvents } from './guest.ts';
import { guestStateEvents } from './guest-state.ts';
import { heartbeatEvents } from './heartbeat.ts';
import { jobEvents } from './job.ts';
import { resuming } from './resume.ts';

/** What each test is given: a keyspace that is empty when it begins. */
export type Space = () => MutationSpace;

const suites: Readonly<Record<string, (space: Space) => void>> = {
  hypervisorHeartbeat: heartbeatEvents,
  guestChanged: guestEvents,
  guestStateChanged: guestStateEvents,
  jobChanged: jobEvents,
  changes: changeEvents,
  'going on': resuming,
};

/** Every subscription, on a real store. */
export function subscriptionContract(home: MutationHome): void {
  describe(`subscriptions on ${home.name}`, () => {
    let opened: MutationStore;
    let space: MutationSpace;

    beforeAll(async () => {
      opened = await home.open();
    });
    beforeEach(async () => {
      space = await openMutationSpace(opened.store, opened.memory);
    });
    afterEach(() => space.services.changes.close());
    afterAll(() => opened.close());

    for (const [name, suite] of Object.entries(suites)) describe(name, () => suite(() => space));
  });
}
