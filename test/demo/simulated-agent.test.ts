import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openRandom } from '../../src/demo/random.ts';
import { openSimulatedAgent, type SimulatedAgent, type SimulatedAgentOptions } from '../../src/demo/simulated-agent.ts';
import { type Exchange, readTranscript } from '../support/agent-transcript.ts';

const guestId = '22222222-2222-4333-8444-555555555555';
const otherId = '33333333-2222-4333-8444-555555555555';
const imageId = '289120e4-ed12-431d-8d18-48f8a94bb05a';

/** A connection for each request: one that was cut is never taken again. */
const dispatcher = new Agent({ pipelining: 0 });
afterAll(() => dispatcher.close());

async function open(options: SimulatedAgentOptions = {}): Promise<SimulatedAgent> {
  const agent = await openSimulatedAgent(options);
  onTestFinished(() => agent.close());
  return agent;
}

function send(agent: SimulatedAgent, path: string, options: RequestInit = {}): Promise<Response> {
  return fetch(agent.origin + path, { dispatcher, ...options });
}

function post(agent: SimulatedAgent, path: string, body: unknown = null): Promise<Response> {
  return send(agent, path, { method: 'POST', body: JSON.stringify(body) });
}

// biome-ignore lint/suspicious/noExplicitAny: what an agent answers; a field that is not there fails a comparison.
async function get(agent: SimulatedAgent, path: string): Promise<any> {
  return (await send(agent, path)).json();
}

/** The agent's id of the job that a POST began. */
async function begin(agent: SimulatedAgent, path: string, body?: unknown): Promise<string> {
  const response = await post(agent, path, body);
  expect(response.status).toBe(202);
  return response.headers.get('x-guest-job-id') ?? '';
}

/** Ids, times and lengths that can't be the same twice are made so. */
function comparable(text: string, known: ReadonlySet<string>): string {
  return text
    .replace(/"(Queued|Started|Updated)At":"[^"]+"/g, '"$1At":"(time)"')
    .replace(/"stack":\[[^\]]*\]/, '"stack":[]')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => (known.has(id) ? id : '(id)'));
}

describe('a simulated agent', () => {
  it('answers each recorded request as the real agent did', async () => {
    const transcript = readTranscript();
    expect(transcript.length).toBeGreaterThan(25);
    const older = { id: '2948a8bf-6f2f-44d3-b7e3-8286c30ec9df', type: 'kvm', state: 'create' };
    const agent = await open({
      guests: [older],
      keepsCreateState: true,
      notConfigured: ['reboot', 'containerFetchImage'],
      failingActions: ['poweroff', 'shutdown'],
    });
    // Ids that the client chose are the same both times; of those that the agent made, each stands for the recorded one.
    const known = new Set([guestId, imageId, older.id, '11111111-2222-4333-8444-555555555555']);
    const jobIds = new Map<string, string>();
    const replay = async ({ title, method, path, body, ...recorded }: Exchange) => {
      const own = path.replace(/^\/jobs\/([^?]+)$/, (all, id) => (jobIds.has(id) ? `/jobs/${jobIds.get(id)}` : all));
      const response = await send(agent, own, { method, body });
      const recordedJob = recorded.headers['x-guest-job-id'];
      const job = response.headers.get('x-guest-job-id');
      if (recordedJob && job !== null) jobIds.set(recordedJob, job);
      const answer = await response.text();
      expect({ title, status: response.status, answer: comparable(answer.trimEnd(), known) }).toEqual({
        title,
        status: recorded.status,
        answer: comparable(recorded.answer, known).replace('"stack":[…]', '"stack":[]'),
      });
      expect(answer === '' || answer.endsWith('\n')).toBe(true);
      for (const [name, value] of Object.entries(recorded.headers)) {
        const isOwn = name === 'x-guest-job-id' || (name === 'content-length' && /"stack"|At":/.test(answer));
        expect({ title, name, value: response.headers.get(name) }).toEqual({
          title,
          name,
          value: isOwn ? expect.any(String) : value,
        });
      }
    };
    for (const exchange of transcript) {
      await replay(exchange);
      if (!/^POST (poweroff|shutdown)/.test(exchange.title)) continue;
      // The recorded agent was started again by whoever watches over it.
      await agent.untilDown();
      await agent.restart();
    }
  });

  it('creates a guest, does what it is told with it, and forgets it when it is deleted', async () => {
    const agent = await open();
    await begin(agent, '/guests', { id: guestId, type: 'kvm' });
    const states = [];
    for (const action of ['shutdown', 'start', 'suspend', 'restart', 'poweroff', 'reboot']) {
      await begin(agent, `/guests/${guestId}/${action}`);
      states.push((await get(agent, `/guests/${guestId}`)).state);
    }
    expect(states).toEqual(['shutoff', 'running', 'paused', 'running', 'shutoff', 'running']);
    await begin(agent, `/guests/${guestId}/delete`);
    expect(await get(agent, '/guests')).toEqual([]);
    expect((await post(agent, `/guests/${guestId}/start`)).status).toBe(404);
  });

  it('takes time for its jobs, and does those of one guest one after the other', async () => {
    const agent = await open({ delayMs: (action) => (action === 'create' ? 60_000 : 0) });
    const create = await begin(agent, '/guests', { id: guestId });
    const start = await begin(agent, `/guests/${guestId}/suspend`);
    await begin(agent, '/guests', { id: otherId, type: 'kvm' });
    expect(await get(agent, `/jobs/${create}`)).toMatchObject({ Status: 'Running', Action: 'create', GuestID: guestId });
    expect(await get(agent, `/jobs/${start}`)).toMatchObject({ Status: 'Queued', StartedAt: '0001-01-01T00:00:00Z' });
    expect(await get(agent, `/guests/${guestId}`)).toEqual({ id: guestId, state: 'create' });
    const image = await begin(agent, '/images', { id: imageId, type: 'kvm' });
    expect(await get(agent, `/jobs/${image}`)).toMatchObject({ Status: 'Complete', Action: 'fetchImage', GuestID: 'agent' });
  });

  it('has done a job in the end that takes time', async () => {
    const agent = await open({ delayMs: 1 });
    const create = await begin(agent, '/guests', { id: guestId });
    const suspend = await begin(agent, `/guests/${guestId}/suspend`);
    while ((await get(agent, `/jobs/${suspend}`)).Status !== 'Complete');
    expect(await get(agent, `/jobs/${create}`)).toMatchObject({ Status: 'Complete', Message: '' });
    expect(agent.guests.get(guestId)?.state).toBe('paused');
  });

  it('overwrites a guest that is created again, and counts how often that was', async () => {
    const agent = await open();
    await begin(agent, '/guests', { id: guestId, type: 'kvm', memory: 512, metadata: { a: 'b' } });
    await begin(agent, `/guests/${guestId}/suspend`);
    await begin(agent, '/guests', { id: guestId, type: 'kvm' });
    expect(await get(agent, '/guests')).toEqual([{ id: guestId, type: 'kvm', state: 'running' }]);
    expect([agent.createCount(guestId), agent.createCount(otherId)]).toEqual([2, 0]);
  });

  it('lists the jobs of all guests, newest first and no more than were asked for, and remembers a thousand', async () => {
    const agent = await open();
    await begin(agent, '/guests', { id: guestId });
    const ids = [await begin(agent, '/guests', { id: otherId }), await begin(agent, '/images', { id: imageId })];
    const listed: { readonly ID: string }[] = await get(agent, `/guests/${guestId}/jobs?limit=2`);
    expect(listed.map(({ ID }) => ID)).toEqual(ids.reverse());
    expect(await get(agent, '/jobs?limit=1')).toMatchObject([{ GuestID: 'agent', Action: 'fetchImage' }]);
    for (let count = 0; count < 999; count++) await begin(agent, `/guests/${guestId}/start`);
    expect(await get(agent, '/jobs')).toHaveLength(1000);
    expect((await send(agent, `/jobs/${ids[1]}`)).status).toBe(404);
    expect((await send(agent, `/jobs/${ids[0]}`)).status).toBe(200);
  });

  it('breaks down in a job that fails, without its effect, and knows its guests and images but no job afterwards', async () => {
    const agent = await open({ failingActions: ['suspend'] });
    await begin(agent, '/images', { id: imageId });
    await begin(agent, '/guests', { id: guestId });
    const { port } = agent;
    const job = await begin(agent, `/guests/${guestId}/suspend`);
    await agent.untilDown();
    await expect(get(agent, '/guests')).rejects.toThrow('fetch failed');
    await agent.restart();
    expect(agent.port).toBe(port);
    expect(await get(agent, `/guests/${guestId}`)).toMatchObject({ state: 'running' });
    expect(await get(agent, `/images/${imageId}`)).toMatchObject({ status: 'complete' });
    expect(await get(agent, '/jobs')).toEqual([]);
    expect((await send(agent, `/jobs/${job}`)).status).toBe(404);
  });

  it('comes back by itself after a breakdown where it is told to', async () => {
    const agent = await open({ restartAfterMs: 1 });
    agent.failNext();
    await begin(agent, '/guests', { id: guestId });
    await agent.untilDown();
    const isThere = () =>
      send(agent, '/').then(
        () => true,
        () => false,
      );
    while (!(await isThere()));
    expect(agent.isDown).toBe(false);
    await begin(agent, '/guests', { id: guestId });
    expect(agent.guests.get(guestId)?.state).toBe('running');
  });

  it('drops what it was doing when it is made to crash', async () => {
    const agent = await open({ delayMs: 60_000 });
    await begin(agent, '/guests', { id: guestId });
    await agent.crash();
    await agent.restart();
    expect(agent.guests.get(guestId)?.state).toBe('create');
    expect(agent.jobs).toEqual([]);
  });

  it('says of a failed job that it failed where that is what failures end in', async () => {
    const agent = await open({ failureRate: 1, failureEndsIn: 'job' });
    const job = await begin(agent, '/guests', { id: guestId });
    while ((await get(agent, `/jobs/${job}`)).Status !== 'Error');
    expect(await get(agent, `/jobs/${job}`)).toMatchObject({ Message: 'create failed' });
    expect(agent.guests.get(guestId)?.state).toBe('create');
  });

  it('fails as often as it was told to', async () => {
    const agent = await open({ failureRate: 0.25, failureEndsIn: 'job', random: openRandom(7) });
    for (let count = 0; count < 400; count++) await begin(agent, '/images', { id: `image-${count}` });
    while (agent.jobs.some(({ Status }) => Status === 'Running'));
    const failed = agent.jobs.filter(({ Status }) => Status === 'Error').length;
    expect(Math.abs(failed - 100)).toBeLessThan(30);
  });

  it('answers nothing while it hangs, and serves then what came meanwhile', async () => {
    const agent = await open();
    agent.hang();
    const waiting = post(agent, '/guests', { id: guestId });
    await agent.untilSeen(({ method }) => method === 'POST');
    const gone = new AbortController();
    const given = send(agent, `/images`, { method: 'POST', body: `{"id":"${imageId}"}`, signal: gone.signal });
    await agent.untilSeen(({ path }) => path === '/images');
    gone.abort();
    await expect(given).rejects.toThrow();
    expect([agent.guests.size, agent.images.size]).toEqual([0, 0]);
    expect(agent.requests.map(({ isServed }) => isServed)).toEqual([false, false]);
    agent.resume();
    expect((await waiting).status).toBe(202);
    expect([agent.guests.size, agent.images.size]).toEqual([1, 1]);
    expect(agent.requests.map(({ isServed }) => isServed)).toEqual([true, true]);
  });

  it('forgets what waited for it when it goes down hanging', async () => {
    const agent = await open();
    agent.hang();
    const waiting = post(agent, '/guests', { id: guestId });
    await agent.untilSeen(({ method }) => method === 'POST');
    const refused = expect(waiting).rejects.toThrow();
    await agent.crash();
    await refused;
    await agent.restart();
    agent.resume();
    expect(await get(agent, '/guests')).toEqual([]);
  });

  it('cuts a connection before or after it did what it was asked for, or answers something else, when it is told to', async () => {
    const agent = await open();
    const ids = [guestId, otherId];
    agent.treat(({ body }) => (body.includes(guestId) ? 'CUT_BEFORE' : 'CUT_AFTER'));
    for (const id of ids) await expect(post(agent, '/guests', { id })).rejects.toThrow('fetch failed');
    agent.treat(() => ({ status: 500, headers: {}, body: 'garbage' }));
    const response = await post(agent, `/guests/${otherId}/suspend`);
    expect([response.status, await response.text()]).toEqual([500, 'garbage']);
    agent.treat(null);
    expect(await get(agent, '/guests')).toEqual([{ id: otherId, state: 'running' }]);
    expect(ids.map((id) => agent.createCount(id))).toEqual([1, 1]);
    expect(agent.requests.map(({ isServed }) => isServed)).toEqual([false, true, false, true]);
  });

  it('has guests that die by themselves', async () => {
    const agent = await open({ guests: [{ id: guestId, state: 'running' }] });
    expect([agent.killGuest(guestId), agent.killGuest(otherId)]).toEqual([true, false]);
    expect(await get(agent, `/guests/${guestId}`)).toEqual({ id: guestId, state: 'crashed' });
    agent.killGuest(guestId, 'shutoff');
    expect(await get(agent, '/guests')).toEqual([{ id: guestId, state: 'shutoff' }]);
  });

  it('says what its hypervisor and its guests are like', async () => {
    const agent = await open({ metadata: { rack: 'r1 & r2' } });
    const nics = [{ name: 'eth0', mac: '02:00:00:00:00:01' }];
    await begin(agent, '/guests', { id: guestId, nics, disks: [{ device: 'vda', size: 1 }], metadata: { name: 'a' }, vnc: 5900 });
    expect(await (await send(agent, `/metadata`)).text()).toBe('{"rack":"r1 \\u0026 r2"}\n');
    expect(await get(agent, `/guests/${guestId}/metadata`)).toEqual({ name: 'a' });
    for (const metric of ['cpu', 'disk', 'nic']) expect(await get(agent, `/guests/${guestId}/metrics/${metric}`)).toHaveLength(1);
    expect(Object.keys(await get(agent, `/guests/${guestId}`))).toEqual(['id', 'nics', 'disks', 'state', 'vnc', 'metadata']);
  });

  it.each([
    ['/guests', '', 'EOF'],
    ['/guests', '{"id":', 'unexpected EOF'],
    ['/guests', '{"id":7}', 'json: cannot unmarshal field id'],
    ['/images', '{"id":""}', 'missing id'],
  ])('refuses at %s the body %j', async (path, body, message) => {
    const agent = await open();
    const response = await send(agent, path, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message, code: 400 });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/guests/a/b/c'],
    ['GET', '/jobs/a/b'],
    ['PUT', '/guests'],
    ['DELETE', `/guests/${guestId}`],
    ['GET', '/guests/'],
  ])('has no page for %s %s', async (method, path) => {
    const agent = await open({ guests: [{ id: guestId }] });
    const response = await send(agent, path, { method });
    expect([response.status, await response.text()]).toEqual([404, expect.stringMatching(/not found/)]);
  });

  it('remembers no more requests than it was told to', async () => {
    const agent = await open({ requestLimit: 2 });
    for (const path of ['/a', '/b', '/c']) await send(agent, path);
    expect(agent.requests.map(({ path }) => path)).toEqual(['/b', '/c']);
  });

  it('is reached by an IPv6 address too', async () => {
    const agent = await open({ host: '::1' });
    expect(agent.origin).toMatch(/^http:\/\/\[::1\]:[0-9]+$/);
    expect(await get(agent, '/guests')).toEqual([]);
  });

  it('fails to open where its port is taken', async () => {
    const { port } = await open();
    await expect(openSimulatedAgent({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
