import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { JobWorker, type JobWorkerOptions } from '../support/job-worker.ts';
import { Course, tellSteps } from '../support/job-worker-course.ts';
import { goodOutcome, type Outcome, outcomeOf, wrongIn } from '../support/job-worker-outcome.ts';
import { openTrials, stepsOf, trialKinds } from '../support/job-worker-trial.ts';
import { type Lifecycle, openLifecycle } from '../support/lifecycle.ts';
import { randomFrom, wholeFrom } from '../support/random.ts';

const seeds = Array.from({ length: 4 }, (_, index) => 300 + index);

describe('jobs of gateways that are killed, for long', () => {
  it.each(trialKinds)('are done once, whatever step the first and the second gateway were killed at (%s)', async (kind) => {
    const steps = stepsOf[kind];
    const halts = [...steps.keys()].flatMap((first) => [...steps.keys()].map((second) => [first + 1, second + 1] as const));
    const { server, store, close } = await startEtcdWithStore();
    const cluster = await openLifecycle({ store, hypervisorCount: halts.length, jobs: null });
    const trials = await openTrials(
      cluster,
      halts.map(() => kind),
    );
    const jobs = { leaseTtlSeconds: 5, concurrency: halts.length };
    for (const which of [0, 1] as const) {
      const haltAt = (index: number) => halts[index]?.[which] ?? 0;
      const courses = trials.map((trial, index) => new Course(trial, haltAt(index)));
      const worker = new JobWorker({ ...jobs, url: server.url, onStep: tellSteps(courses) });
      onTestFinished(() => worker.kill());
      // Where little is left to do after the first one, the second one comes to the end before it is halted.
      await Promise.all(
        courses.map((course, index) => Promise.race([course.until(haltAt(index)), cluster.untilEnded(course.trial.jobId)])),
      );
      await worker.kill();
      for (const course of courses) course.end();
    }
    cluster.startJobs(jobs);
    const outcomes = await Promise.all(trials.map((trial) => outcomeOf(cluster, trial)));
    const isGood = (outcome: Outcome) => isDeepStrictEqual(outcome, goodOutcome[kind]);
    expect(outcomes.flatMap((outcome, index) => (isGood(outcome) ? [] : [{ halts: halts[index], outcome }]))).toEqual([]);
    expect(await wrongIn(store, kind === 'delete' ? trials.map(({ guestId }) => guestId) : [])).toEqual([]);
    await cluster.close();
    await close();
  });

  it.each(seeds)('are done once and in order while now this one and now that one is killed (seed %i)', async (seed) => {
    const random = randomFrom(seed);
    const { server, store, close } = await startEtcdWithStore();
    const delayMs = () => (random() < 0.5 ? 0 : wholeFrom(random, 1, 300));
    const cluster = await openLifecycle({ store, hypervisorCount: 5, jobs: null, agent: { delayMs } });
    const gateways = new MortalGateways({ url: server.url, concurrency: 32, leaseTtlSeconds: 2 }, random);
    onTestFinished(() => gateways.close());

    const guests = await Promise.all(Array.from({ length: 50 }, () => cluster.createGuest()));
    await gateways.whileKilling(() =>
      untilAllDone(
        cluster,
        guests.map(({ jobId }) => jobId),
      ),
    );
    const agents = await Promise.all(guests.map(({ guestId }) => cluster.agentOf(guestId)));
    await gateways.whileKilling(async () => {
      const queued = guests.map(async ({ guestId }) => {
        const jobIds: string[] = [];
        for (const action of ['RESTART', 'SHUTDOWN', 'START', 'SUSPEND'])
          jobIds.push(await jobOf(cluster, `guestAction(guestId: $id, action: ${action})`, guestId));
        return jobIds;
      });
      await untilAllDone(cluster, (await Promise.all(queued)).flat());
    });
    const { guests: suspended } = await cluster.query('{ guests(filter: { states: [SUSPENDED] }) { totalCount } }');
    expect(suspended.totalCount).toBe(guests.length);
    await gateways.whileKilling(async () => {
      const deletions = await Promise.all(guests.map(({ guestId }) => jobOf(cluster, 'deleteGuest(id: $id)', guestId)));
      await untilAllDone(cluster, deletions);
    });
    await gateways.close();

    const told = guests.map(({ guestId }, index) => postsAbout(agents[index], guestId));
    const actions = ['restart', 'shutdown', 'start', 'suspend', 'delete'].map((action) => `/guests/*/${action}`);
    expect(told).toEqual(guests.map(() => ['/guests', ...actions]));
    expect(agents.map(({ guests: left }) => left.size)).toEqual(agents.map(() => 0));
    expect(
      await wrongIn(
        store,
        guests.map(({ guestId }) => guestId),
      ),
    ).toEqual([]);
    expect(gateways.killCount).toBeGreaterThan(20);
    await cluster.close();
    await close();
  });
});

/** Two gateways that do jobs. One of them is killed after every few steps, and another one comes in its place. */
class MortalGateways {
  killCount = 0;
  readonly #options: Omit<JobWorkerOptions, 'onStep'>;
  readonly #random: () => number;
  readonly #workers = new Set<JobWorker>();
  #isKilling: boolean = false;
  #stepsLeft = 0;

  constructor(options: Omit<JobWorkerOptions, 'onStep'>, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#open();
    this.#open();
  }

  async whileKilling(run: () => Promise<void>): Promise<void> {
    this.#isKilling = true;
    await run();
    this.#isKilling = false;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.kill()));
    this.#workers.clear();
  }

  #open(): void {
    const worker: JobWorker = new JobWorker({ ...this.#options, onStep: () => this.#step(worker) });
    this.#workers.add(worker);
  }

  async #step(worker: JobWorker): Promise<void> {
    if (!this.#isKilling || !this.#workers.has(worker) || --this.#stepsLeft > 0) return;
    this.#stepsLeft = wholeFrom(this.#random, 1, 60);
    this.killCount++;
    this.#workers.delete(worker);
    this.#open();
    await worker.kill();
  }
}

async function untilAllDone(cluster: Lifecycle, jobIds: readonly string[]): Promise<void> {
  const ended = await Promise.all(jobIds.map((jobId) => cluster.untilEnded(jobId)));
  expect(ended.filter(({ status }) => status !== 'DONE')).toEqual([]);
}

async function jobOf(cluster: Lifecycle, field: string, guestId: string): Promise<string> {
  const { asked } = await cluster.query(`mutation ($id: ID!) { asked: ${field} { job { id } } }`, { id: guestId });
  return asked.job.id;
}

/** What an agent was told to do with a guest, in order. */
function postsAbout(agent: SimulatedAgent | undefined, guestId: string): readonly string[] {
  const posts = agent?.requests.filter(({ method, path, body }) => method === 'POST' && `${path} ${body}`.includes(guestId));
  return posts?.map(({ path }) => path.replace(guestId, '*')) ?? [];
}
