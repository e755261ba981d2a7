import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedAgent, SimulatedAgentOptions } from '../../src/demo/simulated-agent.ts';
import { errorAnswer } from '../../src/demo/simulated-answer.ts';
import type { Write } from '../../src/store/store.ts';
import { type Lifecycle, type LifecycleOptions, openLifecycle } from '../support/lifecycle.ts';
import { id, jobRecord } from '../support/record.ts';

let cluster: Lifecycle;
let agent: SimulatedAgent;
afterEach(() => cluster.close());

async function open(agentOptions: SimulatedAgentOptions = {}, options: LifecycleOptions = {}): Promise<void> {
  cluster = await openLifecycle({ ...options, agent: agentOptions });
  const [only] = cluster.agents;
  if (only === undefined) throw new Error('There is no agent');
  agent = only;
}

/** The requests that made the agent begin something, such as `POST /guests/<id>/start` without the id. */
function posts(): string[] {
  return agent.requests
    .filter(({ method }) => method === 'POST')
    .map(({ method, path }) => `${method} ${path.replace(/\/[0-9a-f-]{36}/, '')}`);
}

/** The agent loses a guest without a word to anybody. */
async function loseGuest(guestId: string): Promise<void> {
  await fetch(`${agent.origin}/guests/${guestId}/delete`, { method: 'POST' });
  expect(agent.guests.has(guestId)).toBe(false);
}

/** Behind the gateway's back. */
async function write(...writes: readonly Write[]): Promise<void> {
  await cluster.store.commit({ compares: [], writes });
}

const put = (key: string, value: string): Write => ({ type: 'put', key: `lochness/${key}`, value: Buffer.from(value) });
const remove = (key: string): Write => ({ type: 'delete', range: { start: `lochness/${key}` } });

async function isGone(guestId: string): Promise<void> {
  expect(await cluster.query(`{ guest(id: "${guestId}") { id } }`)).toEqual({ guest: null });
  const left = Object.entries(await cluster.entries()).filter(([key, value]) => `${key} ${value}`.includes(guestId));
  // Its jobs are its history. That it once was one of several tells nobody anything.
  expect(left.map(([key]) => key).filter((key) => !/^(jobs|gateway\/operations)\//.test(key))).toEqual([]);
}

describe('a job that creates a guest', () => {
  it('has the agent fetch the image, and then create the guest, with all that its records say', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const { guest } = await cluster.query(`{ guest(id: "${guestId}") { mac ip } }`);
    expect(posts()).toEqual(['POST /images', 'POST /guests']);
    const [image, create] = agent.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
    expect(image).toEqual({ id: cluster.imageId, type: 'kvm', dest: '', source: '' });
    expect(create).toMatchObject({
      id: guestId,
      type: 'kvm',
      image: cluster.imageId,
      memory: 512,
      cpu: 1,
      metadata: { name: 'web' },
    });
    expect(create.nics).toEqual([
      {
        name: 'eth0',
        network: 'br0',
        model: 'virtio',
        mac: guest.mac,
        address: guest.ip,
        netmask: 'ffff0000',
        gateway: '10.0.0.1',
        vlans: [1],
      },
    ]);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it("is WORKING and has the agent's job while the agent works on it, and its guest is CREATING", async () => {
    await open({ delayMs: (action) => (action === 'create' ? 200 : 0) });
    const { guestId, jobId } = await cluster.createGuest();
    const working = await cluster.untilJob(jobId, ({ status, action }) => status === 'WORKING' && action === 'create');
    expect(working).toMatchObject({ remoteId: agent.jobs[0]?.ID, startedAt: expect.any(String), finishedAt: null, error: null });
    expect(await cluster.stateOf(guestId)).toBe('CREATING');
    const done = await cluster.untilEnded(jobId);
    expect(done).toMatchObject({ startedAt: working.startedAt, finishedAt: expect.any(String) });
    expect(Date.parse(done.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(done.startedAt ?? ''));
  });

  it('lets nobody see its guest run before the job is done, or the job done before the guest runs', async () => {
    await open();
    const { guestId, jobId } = await cluster.createGuest();
    await cluster.untilEnded(jobId);
    const { job, guest } = await cluster.query(`{ job(id: "${jobId}") { revision } guest(id: "${guestId}") { state } }`);
    expect(guest.state).toBe('RUNNING');
    const before = await cluster.query(
      `query @at(revision: "${job.revision - 1}") { job(id: "${jobId}") { status } guest(id: "${guestId}") { state } }`,
    );
    expect(before).toEqual({ job: { status: 'WORKING' }, guest: { state: 'CREATING' } });
  });

  it('can be deleted at once: it is created first, and then goes', async () => {
    await open();
    const { guestId, jobId } = await cluster.createGuest();
    const deletion = await cluster.deleteGuest(guestId);
    expect(await cluster.untilEnded(deletion)).toMatchObject({ status: 'DONE' });
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE' });
    expect(posts()).toEqual(['POST /images', 'POST /guests', 'POST /guests/delete']);
    await isGone(guestId);
    expect(await cluster.leftovers()).toEqual([]);
  });
});

describe('an action', () => {
  it.each([
    ['SHUTDOWN', 'STOPPED', 'shutoff'],
    ['POWEROFF', 'STOPPED', 'shutoff'],
    ['SUSPEND', 'SUSPENDED', 'paused'],
    ['REBOOT', 'RUNNING', 'running'],
    ['RESTART', 'RUNNING', 'running'],
  ])('%s makes a guest %s', async (action, state, word) => {
    await open();
    const guestId = await cluster.createdGuest();
    const job = await cluster.untilEnded(await cluster.act(guestId, action));
    expect(job).toMatchObject({ status: 'DONE', error: null, action: action.toLowerCase() });
    expect([await cluster.stateOf(guestId), agent.guests.get(guestId)?.state]).toEqual([state, word]);
    expect(posts().slice(2)).toEqual([`POST /guests/${action.toLowerCase()}`]);
  });

  it('START of a guest that runs ends at once, without a word to the agent', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    expect(await cluster.untilEnded(await cluster.act(guestId, 'START'))).toMatchObject({ status: 'DONE', remoteId: null });
    expect([posts().length, await cluster.stateOf(guestId)]).toEqual([2, 'RUNNING']);
  });

  it('START of a guest that ended by itself, though its record says that it runs, starts it', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    agent.killGuest(guestId, 'shutoff');
    expect(await cluster.untilEnded(await cluster.act(guestId, 'START'))).toMatchObject({ status: 'DONE' });
    expect([posts().at(-1), agent.guests.get(guestId)?.state]).toEqual(['POST /guests/start', 'running']);
  });

  it('that the agent was not told how to do fails with its words, and leaves the guest as it is', async () => {
    await open({ notConfigured: ['reboot'] });
    const guestId = await cluster.createdGuest();
    const { status, error } = await cluster.untilEnded(await cluster.act(guestId, 'REBOOT'));
    expect([status, error]).toEqual(['ERROR', expect.stringMatching(/ answered 404 to POST .*: reboot: Not configured$/)]);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('on a guest that the agent does not know fails', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await loseGuest(guestId);
    const { status, error } = await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    expect([status, error]).toEqual(['ERROR', expect.stringMatching(/ answered 404 to POST .*: not found$/)]);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });

  it('that failed can be tried again', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    agent.treat(({ path }) => (path.endsWith('/shutdown') ? errorAnswer(500, 'busy') : 'SERVE'));
    const jobId = await cluster.act(guestId, 'SHUTDOWN');
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining('busy') });
    agent.treat(null);
    const { retryJob } = await cluster.query(
      `mutation { retryJob(id: "${jobId}") { job { status error remoteId startedAt finishedAt } } }`,
    );
    expect(retryJob.job).toEqual({ status: 'NEW', error: null, remoteId: null, startedAt: null, finishedAt: null });
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
  });
});

describe('with an agent that calls all that it has "create"', () => {
  it('the state of a guest follows its jobs', async () => {
    await open({ keepsCreateState: true });
    const guestId = await cluster.createdGuest();
    expect([await cluster.stateOf(guestId), agent.guests.get(guestId)?.state]).toEqual(['RUNNING', 'create']);
    for (const [action, state] of [
      ['SUSPEND', 'SUSPENDED'],
      ['START', 'RUNNING'],
      ['SHUTDOWN', 'STOPPED'],
      ['START', 'RUNNING'],
      ['POWEROFF', 'STOPPED'],
    ] as const) {
      expect(await cluster.untilEnded(await cluster.act(guestId, action))).toMatchObject({ status: 'DONE', error: null });
      expect(await cluster.stateOf(guestId)).toBe(state);
    }
    expect(posts().slice(2)).toEqual(
      ['suspend', 'start', 'shutdown', 'start', 'poweroff'].map((action) => `POST /guests/${action}`),
    );
  });

  it('starting a guest that runs ends at once, without a word to the agent', async () => {
    await open({ keepsCreateState: true });
    const guestId = await cluster.createdGuest();
    expect(await cluster.untilEnded(await cluster.act(guestId, 'START'))).toMatchObject({ status: 'DONE', remoteId: null });
    expect(posts()).toHaveLength(2);
  });
});

describe('a job that deletes a guest', () => {
  it('has the agent delete it, and frees all that it holds in the commit that ends the job', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const jobId = await cluster.deleteGuest(guestId);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null, action: 'delete' });
    expect([agent.guests.has(guestId), posts().at(-1)]).toEqual([false, 'POST /guests/delete']);
    await isGone(guestId);
    expect(await cluster.leftovers()).toEqual([]);
    const { job } = await cluster.query(`{ job(id: "${jobId}") { revision } }`);
    const before = await cluster.query(
      `query @at(revision: "${job.revision - 1}") { job(id: "${jobId}") { status } guest(id: "${guestId}") { state } }`,
    );
    expect(before).toEqual({ job: { status: 'WORKING' }, guest: { state: 'DELETING' } });
  });

  it('frees a guest that the agent does not know', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await loseGuest(guestId);
    expect(await cluster.untilEnded(await cluster.deleteGuest(guestId))).toMatchObject({ status: 'DONE', error: null });
    await isGone(guestId);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('does not take "delete: Not configured" for a guest that is gone', async () => {
    await open({ notConfigured: ['delete'] });
    const guestId = await cluster.createdGuest();
    const { status, error } = await cluster.untilEnded(await cluster.deleteGuest(guestId));
    expect([status, error]).toEqual(['ERROR', expect.stringMatching(/delete: Not configured$/)]);
    expect([await cluster.stateOf(guestId), agent.guests.has(guestId)]).toEqual(['ERROR', true]);
  });

  it('frees the guest at once where its hypervisor is gone', async () => {
    await open({}, { jobs: null });
    const runner = cluster.startJobs();
    const guestId = await cluster.createdGuest();
    await runner.close();
    const jobId = await cluster.deleteGuest(guestId);
    await agent.crash();
    await write(remove(`hypervisors/${cluster.hypervisorIds[0]}/metadata`));
    cluster.startJobs();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    await isGone(guestId);
  });

  it('frees the guest once its hypervisor goes while the job waits for it', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await agent.crash();
    const jobId = await cluster.deleteGuest(guestId);
    await cluster.untilJob(jobId, ({ startedAt }) => startedAt !== null);
    await write(remove(`hypervisors/${cluster.hypervisorIds[0]}/metadata`));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    await isGone(guestId);
  });

  it('fails where somebody moved the guest meanwhile, and leaves it', async () => {
    await open({ delayMs: (action) => (action === 'delete' ? 100 : 0) }, { hypervisorCount: 2 });
    const guestId = await cluster.createdGuest({ on: 0 });
    const jobId = await cluster.deleteGuest(guestId);
    await cluster.untilJob(jobId, ({ remoteId }) => remoteId !== null);
    const key = `guests/${guestId}/metadata`;
    const record = JSON.parse((await cluster.entries())[key] ?? '');
    await write(put(key, JSON.stringify({ ...record, hypervisor: cluster.hypervisorIds[1] })));
    const { status, error } = await cluster.untilEnded(jobId);
    expect([status, error]).toEqual(['ERROR', expect.stringContaining('came to another hypervisor while it was deleted')]);
    const { guest } = await cluster.query(`{ guest(id: "${guestId}") { hypervisorId } }`);
    expect(guest.hypervisorId).toBe(cluster.hypervisorIds[1]);
  });
});

describe('a job that fetches an image', () => {
  it('of a guest that runs leaves the guest alone', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    expect(await cluster.untilEnded(await cluster.fetchImage(guestId))).toMatchObject({
      status: 'DONE',
      action: 'fetch',
      error: null,
    });
    expect(posts()).toEqual(['POST /images', 'POST /guests', 'POST /images']);
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
  });

  it('of a guest that its agent lost creates it', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await loseGuest(guestId);
    expect(await cluster.untilEnded(await cluster.fetchImage(guestId))).toMatchObject({
      status: 'DONE',
      action: 'create',
      error: null,
    });
    expect(posts().slice(-2)).toEqual(['POST /images', 'POST /guests']);
    expect([await cluster.stateOf(guestId), agent.guests.get(guestId)?.state]).toEqual(['RUNNING', 'running']);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it('that somebody asked for and left is not waited for for ever where the agent gave it up', async () => {
    await open({ delayMs: (action) => (action === 'fetchImage' ? 60_000 : 0) }, { jobs: null });
    const { guestId, jobId } = await cluster.createGuest();
    // A gateway asked for it and died. Then the agent was restarted: what it says of the image stays "pending".
    await fetch(`${agent.origin}/images`, { method: 'POST', body: JSON.stringify({ id: cluster.imageId, type: 'kvm' }) });
    await agent.crash();
    await agent.restart();
    const key = `jobs/${jobId}`;
    const record = JSON.parse((await cluster.entries())[key] ?? '');
    await write(put(key, JSON.stringify({ ...record, posted_after: 'none', started_at: new Date().toISOString() })));
    cluster.startJobs();
    await agent.untilSeen(
      ({ method, path }) => method === 'POST' && path === '/images' && agent.isDown === false && posts().length === 2,
    );
    expect(posts()).toEqual(['POST /images', 'POST /images']);
    expect(agent.createCount(guestId)).toBe(0);
  });
});

describe('a job that another program wrote', () => {
  it("without a time of creation and without the guest's key is done", async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const jobId = id('0', 1);
    const record = jobRecord({ id: jobId, action: 'shutdown', guest: guestId, metadata: undefined });
    await write(put(`jobs/${jobId}`, record));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
    const { job } = await cluster.query(`{ job(id: "${jobId}") { createdAt startedAt } }`);
    expect(job).toEqual({ createdAt: null, startedAt: expect.any(String) });
    expect(Object.keys(JSON.parse((await cluster.entries())[`jobs/${jobId}`] ?? ''))).not.toContain('created_at');
  });

  it('under an id in upper case is done', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const jobId = id('a', 1);
    const key = `jobs/${jobId.toUpperCase()}`;
    await write(put(key, jobRecord({ id: jobId.toUpperCase(), action: 'shutdown', guest: guestId.toUpperCase() })));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
    const entries = await cluster.entries();
    expect(JSON.parse(entries[key] ?? '')).toMatchObject({ status: 'done' });
    expect(Object.keys(entries).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('and began is waited for: it is not begun again', async () => {
    await open({}, { jobs: null });
    const runner = cluster.startJobs();
    const guestId = await cluster.createdGuest();
    await runner.close();
    const answer = await fetch(`${agent.origin}/guests/${guestId}/shutdown`, { method: 'POST' });
    const jobId = id('0', 1);
    const remote = answer.headers.get('x-guest-job-id');
    await write(put(`jobs/${jobId}`, jobRecord({ id: jobId, action: 'shutdown', guest: guestId, status: 'working', remote })));
    cluster.startJobs();
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null, remoteId: remote });
    expect(posts().filter((post) => post.endsWith('shutdown'))).toHaveLength(1);
  });

  it('for a guest that is gone fails', async () => {
    await open();
    const jobId = id('0', 1);
    await write(put(`jobs/${jobId}`, jobRecord({ id: jobId, action: 'shutdown', guest: id('c', 9), metadata: undefined })));
    expect(await cluster.untilEnded(jobId)).toMatchObject({
      status: 'ERROR',
      error: `There is no guest ${id('c', 9)}`,
      finishedAt: expect.any(String),
    });
    expect(posts()).toEqual([]);
    expect(Object.keys(await cluster.entries()).filter((key) => key.endsWith('.lock'))).toEqual([]);
  });

  it('for a guest that is on no hypervisor fails', async () => {
    await open();
    const { guestId } = await cluster.createGuest({ place: false });
    const jobId = id('0', 1);
    await write(put(`jobs/${jobId}`, jobRecord({ id: jobId, action: 'start', guest: guestId })));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: 'Its guest is on no hypervisor' });
    expect(await cluster.stateOf(guestId)).toBe('UNPLACED');
  });

  it("for a guest whose record can't be read fails, and says so", async () => {
    await open();
    const guestId = id('c', 9);
    const jobId = id('0', 1);
    await write(
      put(`guests/${guestId}/metadata`, '{'),
      put(`jobs/${jobId}`, jobRecord({ id: jobId, action: 'start', guest: guestId })),
    );
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'ERROR', error: expect.stringContaining("can't be read") });
    expect(Object.keys(await cluster.entries()).filter((key) => key.endsWith('.lock'))).toEqual([]);
  });

  it('for a guest whose record breaks while it is done ends as its agent did', async () => {
    await open({ delayMs: (action) => (action === 'shutdown' ? 200 : 0) });
    const guestId = await cluster.createdGuest();
    const jobId = await cluster.act(guestId, 'SHUTDOWN');
    await cluster.untilJob(jobId, ({ remoteId }) => remoteId !== null);
    await write(put(`guests/${guestId}/metadata`, '{'));
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect(Object.keys(await cluster.entries()).filter((key) => key.endsWith('.lock'))).toEqual([]);
  });

  it('of a kind that is not known here is left as it is, with its lock, and nothing waits for it', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const jobId = id('0', 1);
    const record = jobRecord({ id: jobId, action: 'select-hypervisor', guest: guestId });
    await write(put(`jobs/${jobId}`, record), put(`jobs/${jobId}.lock`, 'somebody'));
    expect(await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'))).toMatchObject({ status: 'DONE' });
    expect(await cluster.untilEnded(await cluster.deleteGuest(guestId))).toMatchObject({ status: 'DONE' });
    const entries = await cluster.entries();
    expect([entries[`jobs/${jobId}`], entries[`jobs/${jobId}.lock`]]).toEqual([record, 'somebody']);
    const { job } = await cluster.query(`{ job(id: "${jobId}") { action status } }`);
    expect(job).toEqual({ action: 'select-hypervisor', status: 'NEW' });
  });
});
