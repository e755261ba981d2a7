import { expect, it } from 'vitest';
import { isPresent } from '../../src/resolvers/commit/index.ts';
import { type GuestRemovalOptions, removeGuest } from '../../src/resolvers/mutation/guest-removal.ts';
import { requireNode } from '../../src/resolvers/require.ts';
import { id } from '../support/record.ts';
import { guest, heartbeat, inventory, jobId, jobOf, newestJob, placedGuest, stateOf } from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';
import type { MutationSpace } from './mutation-space.ts';

const own = { ...placedGuest(), ...stateOf('DELETING'), ...newestJob(1) };
const deleting = jobOf(1, { action: 'delete', status: 'working', remote: 'r1' });

/** Whether it was committed, and as what. */
async function removeOnce({ newContext, store }: MutationSpace, options: GuestRemovalOptions): Promise<string> {
  const context = newContext();
  const { type, compares, writes } = await removeGuest(context, await requireNode(context.loaders.GUEST, guest), options);
  const { committed } = await store.commit({ compares, writes });
  return committed ? type : 'refused';
}

const removed = (entries: object) => Object.fromEntries(Object.keys(entries).map((key) => [key, null]));

export function guestRemoving(space: Space): void {
  it('takes all that a guest holds, and leaves the job that deleted it, for whoever does that to end', async () => {
    const { putAll, changesOf } = space();
    const behind = jobOf(2, { action: 'start' });
    await putAll({ ...inventory, ...heartbeat, ...own, ...deleting, ...behind });
    const changes = await changesOf(async () => {
      expect(await removeOnce(space(), { guards: [], except: jobId(1) })).toBe('commit');
    });
    expect(changes).toEqual(removed({ ...own, ...behind }));
  });

  it('does nothing where a guard does not hold', async () => {
    const { putAll, changesOf } = space();
    await putAll({ ...inventory, ...own, ...deleting });
    const guards = [isPresent(`lochness/jobs/${jobId(1)}.lock`)];
    const changes = await changesOf(async () => {
      expect(await removeOnce(space(), { guards, except: jobId(1) })).toBe('refused');
    });
    expect(changes).toEqual({});
  });

  it('takes several steps for many jobs and links, each of them guarded', async () => {
    const { putAll, remove, changesOf } = space();
    const lock = `jobs/${jobId(1)}.lock`;
    const guards = [isPresent(`lochness/${lock}`)];
    const jobs = Object.assign({}, ...Array.from({ length: 60 }, (_, index) => jobOf(index + 2)));
    const hypervisors = Array.from({ length: 40 }, (_, index) => id('d', index + 2));
    const links = Object.fromEntries(hypervisors.map((one) => [`hypervisors/${one}/guests/${guest}`, '']));
    await putAll({ ...inventory, ...heartbeat, ...own, ...deleting, ...links, [lock]: 'me' });
    await putAll(jobs);
    const step = () => removeOnce(space(), { guards, except: jobId(1) });
    const changes = await changesOf(async () => {
      expect(await step()).toBe('step');
      await remove(lock);
      expect(await step()).toBe('refused');
      await putAll({ [lock]: 'me' });
      expect([await step(), await step()]).toEqual(['step', 'commit']);
    });
    expect(changes).toEqual(removed({ ...own, ...jobs, ...links }));
  });
}
