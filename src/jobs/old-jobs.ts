import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../context.ts';
import { messageOf } from '../errors.ts';
import { remove } from '../resolvers/commit/index.ts';
import { isGatewayAction } from '../resolvers/job-action.ts';
import { decodeNode } from '../store/decode-node.ts';
import { nameOf } from '../store/directory.ts';
import { folderRange } from '../store/keys.ts';
import type { KeyValue } from '../store/store.ts';
import { commitUnchanged, type Part } from './commit-unchanged.ts';
import type { Leadership } from './leader.ts';

export interface OldJobsOptions {
  readonly services: Services;
  readonly keepDays: number;
}

const everyMs = 3_600_000;
/** Read at once, and removed at once, so that nobody waits for it. */
const jobsPerPage = 500;
const jobsPerCommit = 50;
const pauseMs = 20;
const dayMs = 86_400_000;

/** Removes jobs that ended long ago, now and every hour. Fails only when it leads no more. */
export async function removeOldJobs(options: OldJobsOptions, leadership: Leadership): Promise<void> {
  while (!leadership.signal.aborted) {
    try {
      const count = await sweepOldJobs(options, leadership);
      if (count > 0) options.services.log.info({ count }, 'old jobs were removed');
    } catch (error) {
      if (!leadership.signal.aborted) options.services.log.warn({ reason: messageOf(error) }, 'old jobs could not be removed');
    }
    await sleep(everyMs, undefined, { signal: leadership.signal, ref: false }).catch(() => undefined);
  }
}

/** Answers how many it removed. */
export async function sweepOldJobs({ services, keepDays }: OldJobsOptions, leadership: Leadership): Promise<number> {
  const { signal } = leadership;
  const { store, keys, now } = services;
  const before = now().getTime() - keepDays * dayMs;
  let range = folderRange(keys, 'JOB');
  let count = 0;
  for (;;) {
    const { results } = await store.read({ ranges: [{ ...range, limit: jobsPerPage }], signal });
    const { entries = [], more = false } = results[0] ?? {};
    const old = entries.filter((entry) => isOld(services, entry, before));
    for (let from = 0; from < old.length; from += jobsPerCommit) {
      // One that somebody retries meanwhile stays.
      count += (await commitUnchanged({ store, leadership }, old.slice(from, from + jobsPerCommit).map(removalOf))) ?? 0;
      if (signal.aborted) return count;
      await sleep(pauseMs, undefined, { signal });
    }
    const last = entries.at(-1);
    if (!more || last === undefined) return count;
    range = { ...range, start: `${last.key}\0` };
  }
}

function removalOf(record: KeyValue): Part {
  const { key, modRevision } = record;
  return { known: new Map([[key, modRevision]]), writes: [remove(key), remove(`${key}.lock`)] };
}

function isOld({ keys }: Services, record: KeyValue, before: number): boolean {
  const id = nameOf('JOB', record.key.slice(keys.folder('JOB').length));
  if (id === null) return false;
  try {
    const { action, status, finishedAt } = decodeNode('JOB', { id, directory: record.key, record });
    // Another tool's jobs are for it to remove.
    if (!isGatewayAction(action)) return false;
    return (status === 'DONE' || status === 'ERROR') && finishedAt !== null && Date.parse(finishedAt) <= before;
  } catch {
    return false;
  }
}
