import { expect, it, onTestFinished } from 'vitest';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { JobWorker } from '../support/job-worker.ts';
import { Course, tellSteps } from '../support/job-worker-course.ts';
import { goodOutcome, outcomeOf, wrongIn } from '../support/job-worker-outcome.ts';
import { openTrials, stepsOf, trialKinds } from '../support/job-worker-trial.ts';
import { openLifecycle } from '../support/lifecycle.ts';

const leaseTtlSeconds = 2;

/**
 * Of each kind a job for each step that it is halted at. Not right before a request to an agent: between the last look at the lease
 * and the request there is no other step, and a pause in that very moment can't be told from a request that takes long.
 */
const halts = trialKinds.flatMap((kind) =>
  stepsOf[kind].flatMap((step, index) => (/^before (?!commit)/.test(step) ? [] : [{ kind, step, haltAt: index + 1 }])),
);
const nameOf = ({ kind, step, haltAt }: (typeof halts)[number]) => `${kind}, halted at step ${haltAt}: ${step}`;

it('jobs of a gateway that is paused for longer than its lease lives are done once, by another one; it changes nothing of them then, and does others', {
  timeout: 60_000,
}, async () => {
  const { server, store, close } = await startEtcdWithStore();
  const cluster = await openLifecycle({ store, hypervisorCount: halts.length + 1, jobs: null });
  const trials = await openTrials(
    cluster,
    halts.map(({ kind }) => kind),
  );
  const courses = trials.map((trial, index) => new Course(trial, halts[index]?.haltAt));
  const table = <T>(values: readonly T[]) => Object.fromEntries(halts.map((halt, index) => [nameOf(halt), values[index]]));
  const jobs = { leaseTtlSeconds, concurrency: halts.length };
  const worker = new JobWorker({ ...jobs, url: server.url, onStep: tellSteps(courses) });
  onTestFinished(() => worker.kill());
  await Promise.all(courses.map((course, index) => course.until(halts[index]?.haltAt ?? 0)));

  worker.pause();
  // What an agent has of it by now, it does.
  for (const course of courses) course.end();
  const other = cluster.startJobs(jobs);
  const outcomes = async () => table(await Promise.all(trials.map((trial) => outcomeOf(cluster, trial))));
  const good = table(halts.map(({ kind }) => goodOutcome[kind]));
  expect(await outcomes()).toEqual(good);
  await other.close();
  const theirs = async () => {
    const entries = Object.entries(await cluster.entries());
    return entries.filter(([key]) => trials.some(({ guestId, jobId }) => key.includes(guestId) || key.includes(jobId)));
  };
  const before = await theirs();

  worker.resume();
  // There is nobody else now: what is done next, it does, behind all that it had in hand.
  const created = await cluster.createdGuest({ on: halts.length });
  await cluster.untilEnded(await cluster.act(created, 'RESTART'));
  expect(await outcomes()).toEqual(good);
  expect(await theirs()).toEqual(before);
  const deleted = trials.flatMap(({ kind, guestId }) => (kind === 'delete' ? [guestId] : []));
  expect(await wrongIn(store, deleted)).toEqual([]);
  await cluster.close();
  await close();
});
