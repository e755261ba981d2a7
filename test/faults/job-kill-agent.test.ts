import { describe, expect, it, onTestFinished } from 'vitest';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { JobWorker } from '../support/job-worker.ts';
import { Course, callOf, tellSteps } from '../support/job-worker-course.ts';
import { goodOutcome, type Outcome, outcomeOf, wrongIn } from '../support/job-worker-outcome.ts';
import { openTrials, stepsOf, type TrialKind } from '../support/job-worker-trial.ts';
import { openLifecycle } from '../support/lifecycle.ts';

const leaseTtlSeconds = 3;

interface Breakdown {
  readonly kind: TrialKind;
  /** At which request. */
  readonly call: 'fetchImage' | 'createGuest' | 'startAction';
  /** How far the agent is with it then. */
  readonly moment: 'has not begun' | 'is at it' | 'has done it';
  readonly outcome: Outcome;
}

const { create, restart, delete: deletion } = goodOutcome;
const unknown = (action: string) => `ERROR: The agent was restarted while it was asked to ${action}: whether it did is not known`;
const halfCreated = { ...create, end: unknown('create'), agentState: 'create', state: 'ERROR' };
const perhapsRestarted = { ...restart, end: unknown('restart') };
const notDeleted = { ...deletion, end: unknown('delete'), agentState: 'running', state: 'ERROR' };
const creation = create.done;

/** What the agent shows when it is there again is all that anybody can know. Where it proves nothing, the job fails and says so. */
const breakdowns: readonly Breakdown[] = [
  { kind: 'create', call: 'fetchImage', moment: 'has not begun', outcome: create },
  { kind: 'create', call: 'fetchImage', moment: 'has done it', outcome: create },
  { kind: 'create', call: 'createGuest', moment: 'has not begun', outcome: create },
  { kind: 'create', call: 'createGuest', moment: 'is at it', outcome: halfCreated },
  { kind: 'create', call: 'createGuest', moment: 'has done it', outcome: create },
  { kind: 'restart', call: 'startAction', moment: 'has not begun', outcome: { ...perhapsRestarted, done: creation } },
  { kind: 'restart', call: 'startAction', moment: 'is at it', outcome: perhapsRestarted },
  { kind: 'restart', call: 'startAction', moment: 'has done it', outcome: perhapsRestarted },
  { kind: 'delete', call: 'startAction', moment: 'has not begun', outcome: { ...notDeleted, done: creation } },
  { kind: 'delete', call: 'startAction', moment: 'is at it', outcome: notDeleted },
  { kind: 'delete', call: 'startAction', moment: 'has done it', outcome: deletion },
];

const lostImage: Breakdown = {
  kind: 'create',
  call: 'fetchImage',
  moment: 'is at it',
  outcome: { ...create, done: ['/images', '/images', '/guests'] },
};

/**
 * Lets the agent break down once, when it has such a request and has not answered it, and be there again at once, without its jobs.
 * Nobody gets to see how far it came before.
 */
function breakDownOnce(course: Course, { call, moment }: Breakdown): void {
  const { agent } = course.trial;
  agent.treat(async (request) => {
    await course.takeIn(request);
    if (callOf(request) !== call) return 'SERVE';
    agent.treat(async () => {
      await agent.untilDown();
      return 'SERVE' as const;
    });
    void agent.untilDown().then(() => {
      agent.treat(null);
      return agent.restart();
    });
    if (moment === 'is at it') agent.failNext();
    else setImmediate(() => void agent.crash());
    return moment === 'has not begun' ? 'CUT_BEFORE' : 'CUT_AFTER';
  });
}

/** Has each job done by a gateway whose agent breaks down. `alsoKilled`: the gateway is killed before, and another one goes on. */
async function outcomesOf(list: readonly Breakdown[], { alsoKilled }: { readonly alsoKilled: boolean }) {
  const { server, store, close } = await startEtcdWithStore();
  onTestFinished(close);
  const cluster = await openLifecycle({ store, hypervisorCount: list.length, jobs: null });
  onTestFinished(() => cluster.close());
  const trials = await openTrials(
    cluster,
    list.map(({ kind }) => kind),
  );
  const jobs = { leaseTtlSeconds, concurrency: list.length };
  const courses = trials.map((trial, index) => {
    const breakdown = list[index];
    if (breakdown === undefined) throw new Error('There is a trial for each breakdown');
    const haltAt = stepsOf[breakdown.kind].indexOf(`inside ${breakdown.call}`) + 1;
    const course = new Course(trial, haltAt);
    if (!alsoKilled) course.end();
    breakDownOnce(course, breakdown);
    return { course, haltAt };
  });
  if (alsoKilled) {
    const worker = new JobWorker({ ...jobs, url: server.url, onStep: tellSteps(courses.map(({ course }) => course)) });
    onTestFinished(() => worker.kill());
    await Promise.all(courses.map(({ course, haltAt }) => course.until(haltAt)));
    await worker.kill();
    for (const { course } of courses) course.end();
  }
  cluster.startJobs(jobs);
  const outcomes = await Promise.all(trials.map((trial) => outcomeOf(cluster, trial)));
  expect(
    await wrongIn(
      store,
      trials.filter((_, index) => outcomes[index]?.state === null).map(({ guestId }) => guestId),
    ),
  ).toEqual([]);
  return outcomes;
}

/** Under a name that says which. */
function tableOf(outcomes: readonly Outcome[]) {
  const nameOf = ({ kind, call, moment }: Breakdown) => `${kind}, when it ${moment}: ${call}`;
  return Object.fromEntries(breakdowns.map((breakdown, index) => [nameOf(breakdown), outcomes[index]]));
}

describe.each([
  ['lives', { alsoKilled: false }],
  ['is killed too', { alsoKilled: true }],
])('a job whose agent breaks down before it answers, and whose gateway %s,', (_name, options) => {
  it('ends, does nothing twice, and fails where nobody can know whether it was done', async () => {
    const outcomes = await outcomesOf(breakdowns, options);
    expect(tableOf(outcomes)).toEqual(tableOf(breakdowns.map(({ outcome }) => outcome)));
  });

  it('asks again for an image that is not fetched any more', async () => {
    expect(await outcomesOf([lostImage], options)).toEqual([lostImage.outcome]);
  });
});
