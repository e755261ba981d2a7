import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { type CountedJobs, openJobs } from '../../src/jobs/index.ts';
import { Deferred } from '../support/deferred.ts';
import { type Lifecycle, openLifecycle } from '../support/lifecycle.ts';

const jobsPerAgent = 4;

let cluster: Lifecycle;
let runner: CountedJobs;
let busy: HeldAgent;
let other: HeldAgent;
afterEach(async () => {
  for (const held of [busy, other]) held.releaseAll();
  await runner.close();
  await cluster.close();
});

/** An agent that answers no request to create a guest before it is told to. */
interface HeldAgent {
  readonly agent: SimulatedAgent;
  untilAsked(guestId: string): Promise<unknown>;
  release(guestId: string): void;
  releaseAll(): void;
}

function hold(agent: SimulatedAgent): HeldAgent {
  const asked = new Map<string, Deferred>();
  const released = new Map<string, Deferred>();
  const of = (deferreds: Map<string, Deferred>, guestId: string) => {
    const deferred = deferreds.get(guestId) ?? new Deferred();
    deferreds.set(guestId, deferred);
    return deferred;
  };
  agent.treat(async ({ method, path, body }) => {
    if (method !== 'POST' || path !== '/guests') return 'SERVE' as const;
    const { id } = JSON.parse(body) as { readonly id: string };
    of(asked, id).resolve();
    await of(released, id).promise;
    return 'SERVE' as const;
  });
  return {
    agent,
    untilAsked: (guestId) => of(asked, guestId).promise,
    release: (guestId) => of(released, guestId).resolve(),
    releaseAll() {
      agent.treat(null);
      for (const { resolve } of released.values()) resolve();
    },
  };
}

/** A gateway that does so many jobs at once, and four of them at an agent that is busy with them. */
async function open(concurrency: number): Promise<readonly string[]> {
  cluster = await openLifecycle({ hypervisorCount: 2, jobs: null });
  const [first, second] = cluster.agents as [SimulatedAgent, SimulatedAgent];
  [busy, other] = [hold(first), hold(second)];
  runner = openJobs({
    services: cluster.gateway.services,
    concurrency,
    timeoutSeconds: 600,
    keepDays: 7,
    stateSyncSeconds: 0,
  });
  const guestIds = await create(jobsPerAgent, 0);
  for (const guestId of guestIds) await busy.untilAsked(guestId);
  return guestIds;
}

async function create(count: number, on: number): Promise<readonly string[]> {
  const guestIds: string[] = [];
  for (let number = 0; number < count; number++) guestIds.push((await cluster.createGuest({ on })).guestId);
  return guestIds;
}

function unplace(guestId: string): Promise<unknown> {
  return cluster.query(`mutation { unplaceGuest(guestId: "${guestId}") { guest { id } } }`);
}

/** All that is said in between is in memory, so it comes to that turn by turn. */
async function untilCounts(working: number, waiting: number): Promise<void> {
  while (runner.counts.working !== working || runner.counts.waiting !== waiting) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a guest whose job waits for an agent that is busy', () => {
  it('is created elsewhere when it is placed there meanwhile', async () => {
    await open(32);
    const [guestId = ''] = await create(1, 0);
    // The queue is in order: when a later one was claimed, this one was too, and found no place.
    const [later = ''] = await create(1, 1);
    await other.untilAsked(later);
    await untilCounts(jobsPerAgent + 1, 1);
    await unplace(guestId);
    await cluster.query(
      `mutation ($guestId: ID!, $to: ID!) { placeGuest(guestId: $guestId, hypervisorId: $to) { job { id } } }`,
      {
        guestId,
        to: cluster.hypervisorIds[1],
      },
    );
    await other.untilAsked(guestId);
    expect(runner.counts).toEqual({ working: jobsPerAgent + 2, waiting: 0 });
  });

  it('is created when the one whose turn it was is taken off its hypervisor before it began', async () => {
    const [first = ''] = await open(jobsPerAgent + 1);
    const [turned = '', next = ''] = await create(2, 0);
    // One takes the last place of this gateway, and another one waits for that.
    const [working = '', waiting = ''] = await create(2, 1);
    await other.untilAsked(working);
    await untilCounts(jobsPerAgent + 1, 3);
    busy.release(first);
    await other.untilAsked(waiting);
    // Its turn at the agent has come, and it waits for a place of this gateway.
    await unplace(turned);
    other.release(waiting);
    await busy.untilAsked(next);
    expect(busy.agent.createCount(turned)).toBe(0);
  });
});
