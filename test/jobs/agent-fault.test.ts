import { afterEach, describe, expect, it } from 'vitest';
import type { AgentClient } from '../../src/agent/index.ts';
import type { SeenRequest } from '../../src/demo/seen-requests.ts';
import type { SimulatedAgent, SimulatedAgentOptions } from '../../src/demo/simulated-agent.ts';
import { type Answer, errorAnswer, jsonAnswer } from '../../src/demo/simulated-answer.ts';
import type { AgentRequest } from '../../src/demo/simulated-route.ts';
import { type Lifecycle, type LifecycleOptions, openLifecycle } from '../support/lifecycle.ts';

let cluster: Lifecycle;
let agent: SimulatedAgent;
afterEach(() => cluster.close());

async function open(agentOptions: SimulatedAgentOptions = {}, options: LifecycleOptions = {}): Promise<void> {
  cluster = await openLifecycle({ ...options, agent: agentOptions });
  const [only] = cluster.agents;
  if (only === undefined) throw new Error('There is no agent');
  agent = only;
}

/** Requests such as `POST /guests`; `*` stands for any part of the path. */
function calls(call: string): (request: AgentRequest) => boolean {
  const pattern = new RegExp(`^${call.replaceAll('*', '[^/]+')}$`);
  return ({ method, path }) => pattern.test(`${method} ${path}`);
}

/** The requests of that kind, in the order in which they came. */
function seen(call: string): readonly SeenRequest[] {
  return agent.requests.filter(calls(call));
}

/** Once so many of them have come. */
async function untilSeen(call: string, count = 1): Promise<void> {
  const isIt = calls(call);
  let left = count;
  await agent.untilSeen((request) => isIt(request) && --left === 0);
}

/** Such requests are answered so; the others are served. */
function answer(call: string, given: Answer): void {
  const isIt = calls(call);
  agent.treat((request) => (isIt(request) ? given : 'SERVE'));
}

/** The agents of the gateway, for a runner, and a promise of the first call to one that fails. */
function watchedAgents(): { readonly agents: AgentClient; readonly untilFailed: Promise<unknown> } {
  const { agents } = cluster.gateway.services;
  let fail: (error: unknown) => void;
  const untilFailed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  const watched = new Proxy(agents, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]) => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          fail(error);
          throw error;
        }
      };
    },
  });
  return { agents: watched, untilFailed };
}

/** A runner, and a promise of the first call to an agent that fails it. */
function startWatchedJobs(): Promise<unknown> {
  const { agents, untilFailed } = watchedAgents();
  cluster.startJobs({ services: { ...cluster.gateway.services, agents } });
  return untilFailed;
}

const html: Answer = { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>' };

describe('an agent that is away', () => {
  it('when a guest is to be created creates it once when it is back', async () => {
    await open({}, { jobs: null });
    await agent.crash();
    const { guestId, jobId } = await cluster.createGuest();
    await startWatchedJobs();
    expect(await cluster.stateOf(guestId)).toBe('CREATING');
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', action: 'create', error: null });
    expect([agent.createCount(guestId), seen('POST /images').length]).toEqual([1, 1]);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('for longer than the timeout fails the job, which says for how long and why, and the guest is in ERROR', async () => {
    await open({}, { jobs: { timeoutSeconds: 0.5 } });
    await agent.crash();
    const { guestId, jobId } = await cluster.createGuest();
    const job = await cluster.untilEnded(jobId);
    expect(job).toMatchObject({ status: 'ERROR', finishedAt: expect.any(String) });
    expect(job.error).toMatch(/^Given up after 1 s: The agent of the hypervisor .* could not be reached: .*ECONNREFUSED/);
    expect(await cluster.stateOf(guestId)).toBe('ERROR');
    expect(await cluster.leftovers()).toEqual([]);
  });

  it("can't delete a guest: the job fails, and the guest keeps all that it holds until it is tried again", async () => {
    await open({}, { jobs: { timeoutSeconds: 0.5 } });
    const guestId = await cluster.createdGuest();
    const before = await cluster.query(`{ guest(id: "${guestId}") { ip hypervisorId } }`);
    await agent.crash();
    const jobId = await cluster.deleteGuest(guestId);
    expect(await cluster.stateOf(guestId)).toBe('DELETING');
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringMatching(/^Given up after/) });
    const { guest } = await cluster.query(`{ guest(id: "${guestId}") { state ip hypervisorId } }`);
    expect(guest).toEqual({ ...before.guest, state: 'ERROR' });
    expect(await cluster.leftovers()).toEqual([]);

    await agent.restart();
    const again = await cluster.deleteGuest(guestId);
    expect(await cluster.untilEnded(again)).toMatchObject({ status: 'DONE' });
    expect(agent.guests.has(guestId)).toBe(false);
    expect(await cluster.query(`{ guest(id: "${guestId}") { id } }`)).toEqual({ guest: null });
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('every other time that it is asked how far it is fails nothing', async () => {
    await open({ delayMs: (action) => (action === 'create' ? 500 : 0) }, { jobs: { timeoutSeconds: 0.5 } });
    const isPoll = calls('GET /jobs/*');
    let polls = 0;
    agent.treat((request) => (isPoll(request) && ++polls % 2 === 1 ? 'CUT_BEFORE' : 'SERVE'));
    const { guestId, jobId } = await cluster.createGuest();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(polls).toBeGreaterThan(3);
    expect(agent.createCount(guestId)).toBe(1);
  });
});

describe('an agent that hangs', () => {
  it('when it is told to create a guest is not told twice once it goes on', async () => {
    await open({}, { agentTimeoutMs: 200 });
    agent.treat((request) => {
      if (calls('POST /guests')(request)) agent.hang();
      return 'SERVE';
    });
    const { guestId, jobId } = await cluster.createGuest();
    await untilSeen('POST /guests');
    // It is looked for, in vain.
    await untilSeen('GET /guests/*/jobs[?]limit=1000', 2);
    agent.resume();
    agent.treat(null);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', action: 'create' });
    expect([agent.createCount(guestId), agent.jobs.filter(({ Action }) => Action === 'create').length]).toEqual([1, 1]);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('with its jobs is waited for', async () => {
    await open({}, { agentTimeoutMs: 200 });
    const guestId = await cluster.createdGuest();
    agent.hang();
    const jobId = await cluster.act(guestId, 'SHUTDOWN');
    await agent.untilSeen(({ path, isServed }) => path.includes('/jobs?limit=1') && !isServed);
    agent.resume();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE' });
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
    expect(seen('POST /guests/*/shutdown')).toHaveLength(1);
  });

  it('for longer than the timeout fails the job', async () => {
    await open({}, { agentTimeoutMs: 100, jobs: { timeoutSeconds: 0.5 } });
    const guestId = await cluster.createdGuest();
    agent.hang();
    const { error } = await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    expect(error).toMatch(/^Given up after 1 s: The agent .* did not answer GET .* within 100 ms$/);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });
});

describe('a request that breaks off', () => {
  it('before it reaches the agent is sent again, once it is proved that it did not', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    let cuts = 1;
    agent.treat((request) => (calls('POST /guests/*/shutdown')(request) && cuts-- > 0 ? 'CUT_BEFORE' : 'SERVE'));
    expect(await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'))).toMatchObject({ status: 'DONE' });
    expect(seen('POST /guests/*/shutdown').map(({ isServed }) => isServed)).toEqual([false, true]);
  });

  it.each([
    ['create', 'POST /guests'],
    ['fetchImage', 'POST /images'],
    ['shutdown', 'POST /guests/*/shutdown'],
    ['delete', 'POST /guests/*/delete'],
  ])("behind the agent's work is found in its jobs: %s is done once", async (action, call) => {
    await open();
    const guestId = action === 'create' || action === 'fetchImage' ? null : await cluster.createdGuest();
    let cuts = 1;
    agent.treat((request) => (calls(call)(request) && cuts-- > 0 ? 'CUT_AFTER' : 'SERVE'));
    const jobId =
      guestId === null
        ? (await cluster.createGuest()).jobId
        : await (action === 'delete' ? cluster.deleteGuest(guestId) : cluster.act(guestId, 'SHUTDOWN'));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    // What an agent has of an image says only whether it is there: it may be asked again.
    if (action !== 'fetchImage') expect(seen(call)).toHaveLength(1);
    expect(await cluster.leftovers()).toEqual([]);
  });
});

describe('an agent that answers an error', () => {
  it('to polls, and garbage, is asked until it answers', async () => {
    await open({ delayMs: 20 });
    const wrong: Answer[] = [errorAnswer(500, 'busy'), html, errorAnswer(400, 'what?'), jsonAnswer(200, [])];
    const left = [...wrong];
    agent.treat((request) => (calls('GET /jobs/*')(request) ? (left.shift() ?? 'SERVE') : 'SERVE'));
    const { guestId, jobId } = await cluster.createGuest();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect([left, agent.createCount(guestId)]).toEqual([[], 1]);
  });

  it('to polls for longer than the timeout fails the job', async () => {
    await open({ delayMs: 20 }, { jobs: { timeoutSeconds: 0.5 } });
    answer('GET /jobs/*', html);
    const { jobId } = await cluster.createGuest();
    const { error } = await cluster.untilEnded(jobId);
    expect(error).toMatch(/^Given up after 1 s: The agent .* answered 200 to GET \/jobs\/.* with what is no JSON: <html>$/);
  });

  it("to the creation of a guest fails the job with the agent's message, and the guest is in ERROR", async () => {
    await open();
    answer('POST /guests', errorAnswer(500, 'no space left on device'));
    const { guestId, jobId } = await cluster.createGuest();
    const { status, error } = await cluster.untilEnded(jobId);
    expect([status, error]).toEqual(['ERROR', expect.stringMatching(/answered 500 to POST \/guests: no space left on device$/)]);
    expect([await cluster.stateOf(guestId), agent.createCount(guestId)]).toEqual(['ERROR', 1]);
    expect(await cluster.leftovers()).toEqual([]);

    agent.treat(null);
    await cluster.query(`mutation { retryJob(id: "${jobId}") { job { status error } } }`);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect([await cluster.stateOf(guestId), agent.createCount(guestId)]).toEqual(['RUNNING', 2]);
  });

  it("to the fetching of an image fails the job with the agent's message", async () => {
    await open();
    answer('POST /images', errorAnswer(500, 'no such image'));
    const { guestId, jobId } = await cluster.createGuest();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no such image') });
    expect([await cluster.stateOf(guestId), agent.createCount(guestId)]).toEqual(['ERROR', 0]);
  });

  it('says in the job why it failed', async () => {
    await open({ failingActions: ['shutdown'], failureEndsIn: 'job' });
    const guestId = await cluster.createdGuest();
    expect(await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'))).toMatchObject({
      status: 'ERROR',
      error: 'shutdown failed',
    });
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });
});

describe('an agent that accepts a request without naming a job', () => {
  const accepted = jsonAnswer(202, {});

  it('is asked for its jobs, and the one that it began is waited for', async () => {
    await open({ delayMs: 50 });
    const guestId = await cluster.createdGuest();
    let isOurs = true;
    agent.treat(async ({ method, path, body }) => {
      if (!calls('POST /guests/*/shutdown')({ method, path, body }) || !isOurs) return 'SERVE';
      isOurs = false;
      await fetch(agent.origin + path, { method, body });
      return accepted;
    });
    const job = await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    const [newest] = agent.jobs;
    expect(newest).toMatchObject({ Action: 'shutdown', Status: 'Complete' });
    expect(job).toMatchObject({ status: 'DONE', remoteId: newest?.ID });
    // Ours, and the one that stands for what the agent did with it.
    expect(seen('POST /guests/*/shutdown')).toHaveLength(2);
  });

  it('fails the job where it did not begin one', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    answer('POST /guests/*/shutdown', accepted);
    const { status, error } = await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    expect([status, error]).toEqual(['ERROR', expect.stringMatching(/without the id of a job in X-Guest-Job-ID$/)]);
    expect(seen('POST /guests/*/shutdown')).toHaveLength(1);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });
});

describe('an agent that was restarted and no longer knows a job', () => {
  /** It is restarted when it is asked for the job for the first time, before it answers. */
  async function forgetWhenAsked(): Promise<void> {
    await untilSeen('GET /jobs/*');
    await agent.crash();
    await agent.restart();
  }

  /** Whoever polls gets no answer before that. */
  function holdPolls(action: string): void {
    agent.treat((request) => {
      const isOf = agent.jobs[0]?.Action === action;
      return calls('GET /jobs/*')(request) && isOf ? new Promise(() => undefined) : 'SERVE';
    });
  }

  it.each([
    ['START', 'RUNNING'],
    ['SHUTDOWN', 'STOPPED'],
    ['POWEROFF', 'STOPPED'],
    ['SUSPEND', 'SUSPENDED'],
  ])('has done %s where the guest shows it', async (action, state) => {
    await open();
    const guestId = await cluster.createdGuest();
    if (action === 'START') await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    holdPolls(action.toLowerCase());
    const jobId = await cluster.act(guestId, action);
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === action.toLowerCase())?.ID}`);
    await agent.crash();
    agent.treat(null);
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(await cluster.stateOf(guestId)).toBe(state);
    expect(seen(`POST /guests/*/${action.toLowerCase()}`)).toHaveLength(1);
  });

  it('has failed where the guest does not show it', async () => {
    await open({ delayMs: (action) => (action === 'suspend' ? 60_000 : 0) });
    const guestId = await cluster.createdGuest();
    const jobId = await cluster.act(guestId, 'SUSPEND');
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === 'suspend')?.ID}`);
    await agent.crash();
    await agent.restart();
    const { status, error } = await cluster.untilEnded(jobId);
    expect([status, error]).toEqual([
      'ERROR',
      expect.stringMatching(/^The agent no longer knows job .*: it failed, or the agent was restarted$/),
    ]);
    expect([await cluster.stateOf(guestId), seen('POST /guests/*/suspend').length]).toEqual(['RUNNING', 1]);
  });

  it('has failed to restart a guest: that it runs proves nothing', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    holdPolls('restart');
    const jobId = await cluster.act(guestId, 'RESTART');
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === 'restart')?.ID}`);
    await agent.crash();
    agent.treat(null);
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no longer knows') });
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });

  it('has created the guest where it is there, and not where it is half there', async () => {
    let delayMs = 0;
    await open({ delayMs: (action) => (action === 'create' ? delayMs : 0) });
    holdPolls('create');
    const done = await cluster.createGuest();
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === 'create')?.ID}`);
    await agent.crash();
    agent.treat(null);
    await agent.restart();
    expect(await cluster.untilEnded(done.jobId)).toMatchObject({ status: 'DONE' });
    expect([agent.createCount(done.guestId), await cluster.stateOf(done.guestId)]).toEqual([1, 'RUNNING']);

    delayMs = 60_000;
    const half = await cluster.createGuest();
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === 'create')?.ID}`);
    await agent.crash();
    await agent.restart();
    expect(await cluster.untilEnded(half.jobId)).toMatchObject({
      status: 'ERROR',
      error: expect.stringContaining('no longer knows'),
    });
    expect([agent.createCount(half.guestId), await cluster.stateOf(half.guestId)]).toEqual([1, 'ERROR']);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('has fetched an image that is there', async () => {
    await open();
    holdPolls('fetchImage');
    const { guestId, jobId } = await cluster.createGuest();
    await forgetWhenAsked();
    agent.treat(null);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE' });
    expect([seen('POST /images').length, agent.createCount(guestId)]).toEqual([1, 1]);
  });

  it('has not fetched an image that is still on its way', async () => {
    await open({ delayMs: (action) => (action === 'fetchImage' ? 60_000 : 0) });
    const { guestId, jobId } = await cluster.createGuest();
    await forgetWhenAsked();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no longer knows') });
    expect([await cluster.stateOf(guestId), agent.createCount(guestId)]).toEqual(['ERROR', 0]);
  });

  it('has deleted a guest that is gone', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    holdPolls('delete');
    const jobId = await cluster.deleteGuest(guestId);
    await agent.untilSeen(({ path }) => path === `/jobs/${agent.jobs.find(({ Action }) => Action === 'delete')?.ID}`);
    await agent.crash();
    agent.treat(null);
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE' });
    expect(await cluster.query(`{ guest(id: "${guestId}") { id } }`)).toEqual({ guest: null });
    expect(await cluster.leftovers()).toEqual([]);
  });
});

describe('a job that breaks its agent down', () => {
  it('and creates a guest has failed, and is done when it is tried again', async () => {
    await open({ delayMs: 10 });
    const { guestId, jobId } = await cluster.createGuest();
    // Its image comes first.
    await untilSeen('GET /jobs/*');
    agent.failNext();
    await agent.untilDown();
    expect([...agent.guests.keys()]).toEqual([guestId]);
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no longer knows') });
    expect([agent.createCount(guestId), await cluster.stateOf(guestId)]).toEqual([1, 'ERROR']);

    await cluster.query(`mutation { retryJob(id: "${jobId}") { job { id } } }`);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect([agent.createCount(guestId), await cluster.stateOf(guestId)]).toEqual([2, 'RUNNING']);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('and starts a guest has failed', async () => {
    await open({ failingActions: ['start'] });
    const guestId = await cluster.createdGuest();
    await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    const jobId = await cluster.act(guestId, 'START');
    await agent.untilDown();
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no longer knows') });
    expect([await cluster.stateOf(guestId), seen('POST /guests/*/start').length]).toEqual(['STOPPED', 1]);
  });

  it('and deletes a guest has failed, and the guest holds what it held', async () => {
    await open({ failingActions: ['delete'] });
    const guestId = await cluster.createdGuest();
    const jobId = await cluster.deleteGuest(guestId);
    await agent.untilDown();
    await agent.restart();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('no longer knows') });
    expect([await cluster.stateOf(guestId), agent.guests.has(guestId)]).toEqual(['ERROR', true]);
    const { guest } = await cluster.query(`{ guest(id: "${guestId}") { ip } }`);
    expect(guest.ip).toMatch(/^10\.0\./);
    expect(await cluster.leftovers()).toEqual([]);
  });
});
