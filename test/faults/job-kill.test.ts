import { describe, expect, it, onTestFinished } from 'vitest';
import { Deferred } from '../support/deferred.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { JobWorker } from '../support/job-worker.ts';
import { Course, callOf, tellSteps } from '../support/job-worker-course.ts';
import { goodOutcome, outcomeOf, wrongIn } from '../support/job-worker-outcome.ts';
import { openTrials, stepsOf, type Trial, trialKinds } from '../support/job-worker-trial.ts';
import { openLifecycle } from '../support/lifecycle.ts';

const leaseTtlSeconds = 3;

/** Of each kind a job for each step that it is halted at, and one that is not halted. */
const halts = trialKinds.flatMap((kind) => [...stepsOf[kind], null].map((step, index) => ({ kind, step, haltAt: index + 1 })));
const nameOf = ({ kind, step, haltAt }: (typeof halts)[number]) =>
  step === null ? `${kind}, not halted` : `${kind}, halted at step ${haltAt}: ${step}`;

describe('jobs of a gateway that is killed at each of their steps', () => {
  it.each(['runs already', 'starts then'] as const)('are done to their end, once, by another gateway that %s', async (when) => {
    const { server, store, close } = await startEtcdWithStore();
    const cluster = await openLifecycle({ store, hypervisorCount: halts.length, jobs: null });
    const trials = await openTrials(
      cluster,
      halts.map(({ kind }) => kind),
    );
    const courses = trials.map((trial, index) => new Course(trial, halts[index]?.haltAt));
    /** One value for each halt, under a name that says which. */
    const table = <T>(values: readonly T[]) => Object.fromEntries(halts.map((halt, index) => [nameOf(halt), values[index]]));
    const jobs = { leaseTtlSeconds, concurrency: halts.length };

    const worker = new JobWorker({ ...jobs, url: server.url, onStep: tellSteps(courses) });
    onTestFinished(() => worker.kill());
    const steps = halts.map(({ kind, haltAt }) => stepsOf[kind].slice(0, haltAt));
    await Promise.all(courses.map((course, index) => course.until(steps[index]?.length ?? 0)));
    if (when === 'runs already') {
      cluster.startJobs(jobs);
      // It does what the other one has not claimed yet.
      await Promise.all(trials.filter((_, index) => halts[index]?.haltAt === 1).map(({ jobId }) => cluster.untilEnded(jobId)));
    }
    await worker.kill();
    expect(table(courses.map(({ seen }) => seen))).toEqual(table(steps));
    for (const course of courses) course.end();
    if (when === 'starts then') cluster.startJobs(jobs);

    const outcomes = await Promise.all(trials.map((trial) => outcomeOf(cluster, trial)));
    expect(table(outcomes)).toEqual(table(halts.map(({ kind }) => goodOutcome[kind])));
    expect(
      await wrongIn(
        store,
        trials.filter(({ kind }) => kind === 'delete').map(({ guestId }) => guestId),
      ),
    ).toEqual([]);
    await cluster.close();
    await close();
  });

  it('are not begun twice where the agent takes a request up only after another gateway has looked for it', async () => {
    const { server, store, close } = await startEtcdWithStore();
    const cluster = await openLifecycle({ store, hypervisorCount: trialKinds.length, jobs: null });
    const trials = await openTrials(cluster, trialKinds);
    const courses = trials.map((trial) => new Course(trial, lastPostOf(trial)));
    for (const course of courses) delayUntilLookedFor(course);
    const jobs = { leaseTtlSeconds, concurrency: trials.length };
    const worker = new JobWorker({ ...jobs, url: server.url, onStep: tellSteps(courses) });
    onTestFinished(() => worker.kill());
    await Promise.all(courses.map((course) => course.until(lastPostOf(course.trial))));
    await worker.kill();
    for (const course of courses) course.end();
    cluster.startJobs(jobs);
    const outcomes = await Promise.all(trials.map((trial) => outcomeOf(cluster, trial)));
    expect(outcomes).toEqual(trials.map(({ kind }) => goodOutcome[kind]));
    await cluster.close();
    await close();
  });
});

/** The step at which the agent has the request that does what the job is for. */
function lastPostOf({ kind }: Trial): number {
  return stepsOf[kind].findLastIndex((step) => step.startsWith('inside')) + 1;
}

/** That request waits until somebody has seen that the agent has not begun. */
function delayUntilLookedFor(course: Course): void {
  const { agent, guestId, kind } = course.trial;
  const lookedFor = new Deferred();
  // Nothing of a guest shows that it was restarted: then the agent is asked for its jobs alone.
  const lastLook = kind === 'restart' ? `/guests/${guestId}/jobs?limit=1000` : `/guests/${guestId}`;
  let isHere = false;
  agent.treat(async (request) => {
    if (isHere && request.method === 'GET' && request.path === lastLook) setImmediate(() => lookedFor.resolve());
    await course.takeIn(request);
    if (course.seen.length === lastPostOf(course.trial) && callOf(request) !== null && !isHere) {
      isHere = true;
      await lookedFor.promise;
    }
    return 'SERVE' as const;
  });
}
