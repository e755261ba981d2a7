import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AgentClient, AgentError, openAgentClient } from '../../src/agent/index.ts';
import { Deferred } from '../support/deferred.ts';
import { openFullListener } from '../support/full-listener.ts';
import { json, type Script, type ScriptedAgent, silence, startScriptedAgent } from '../support/scripted-agent.ts';

const hypervisorId = 'dddddddd-0000-4000-8000-000000000001';
const guestId = 'cccccccc-0000-4000-8000-000000000001';
const noGuests = json([]);

function openClient(timeoutMs = 10_000): AgentClient {
  const client = openAgentClient({ timeoutMs });
  onTestFinished(() => client.close());
  return client;
}

async function startAgent(script: Script, host = '127.0.0.1'): Promise<ScriptedAgent> {
  const agent = await startScriptedAgent(script, { hypervisorId, host });
  onTestFinished(() => agent.close());
  return agent;
}

/** Time goes on when the test says so. */
function holdTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (reason: unknown) => reason,
  );

describe('the connections to an agent', () => {
  it('are four at most, and all calls get their turn in the order in which they were made', async () => {
    const open = new Set<ServerResponse>();
    let most = 0;
    const agent = await startAgent((response) => {
      open.add(response);
      most = Math.max(most, open.size);
      if (open.size < 4 && agent.requests.length < 40) return;
      for (const one of open) noGuests(one, { method: '', path: '', body: null, contentType: null });
      open.clear();
    });
    const client = openClient();
    const ids = Array.from({ length: 40 }, (_, number) => String(number).padStart(2, '0'));
    await Promise.all(ids.map((id) => client.listJobs(agent.address, id, 1)));
    expect(most).toBe(4);
    expect(agent.mostConnections).toBeLessThanOrEqual(4);
    const order = agent.requests.map(({ path }) => path.slice('/guests/'.length).slice(0, 2));
    // Four are under way at once, and may overtake one another.
    for (const [index, id] of order.entries()) expect(Math.abs(Number(id) - index)).toBeLessThan(4);
  });

  it('are used again', async () => {
    const agent = await startAgent(noGuests);
    const client = openClient();
    for (let round = 0; round < 20; round++) await client.listGuests(agent.address);
    expect(agent.requests).toHaveLength(20);
    expect(agent.mostConnections).toBeLessThanOrEqual(4);
  });

  it('are made to each agent for itself', async () => {
    const hanging = await startAgent(silence);
    const living = await startAgent(noGuests);
    const client = openClient();
    const calls = Array.from({ length: 10 }, () => errorOf(client.listGuests(hanging.address)));
    await hanging.seen(4);
    expect(await client.listGuests(living.address)).toEqual([]);
    await client.close();
    expect(await Promise.all(calls)).toHaveLength(10);
  });

  it('can be made to an IPv6 address', async () => {
    const agent = await startAgent(noGuests, '::1');
    expect(agent.address.origin).toBe(`http://[::1]:${agent.port}`);
    expect(await openClient().listGuests(agent.address)).toEqual([]);
  });

  it('are made anew where the agent has been restarted', async () => {
    const agent = await startAgent(noGuests);
    const client = openClient();
    await client.listGuests(agent.address);
    agent.answer((response) => response.socket?.destroy());
    expect(await errorOf(client.listGuests(agent.address))).toMatchObject({ code: 'AGENT_UNREACHABLE' });
    agent.answer(noGuests);
    expect(await client.listGuests(agent.address)).toEqual([]);
  });

  it('that can not be made in time fail the call, and nothing has arrived', async () => {
    const listener = await openFullListener();
    onTestFinished(() => listener.close());
    const agent = { hypervisorId, origin: `http://127.0.0.1:${listener.port}` };
    const error = await errorOf(openClient(150).startAction(agent, guestId, 'start'));
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({
      message: `The agent of the hypervisor ${hypervisorId} at ${agent.origin} could not be reached within 150 ms`,
      mayHaveArrived: false,
    });
  });
});

describe('the time for a call', () => {
  it('goes on while the call waits for a connection', async () => {
    holdTime();
    const agent = await startAgent(silence);
    const client = openClient(1000);
    const first = Array.from({ length: 4 }, () => errorOf(client.listGuests(agent.address)));
    await agent.seen(4);
    vi.advanceTimersByTime(600);
    const fifth = errorOf(client.startAction(agent.address, guestId, 'start'));
    vi.advanceTimersByTime(400);
    await Promise.all(first);
    // Now it has a connection, and 600 ms are left of its own time.
    await agent.seen(5);
    vi.advanceTimersByTime(600);
    expect(await fifth).toMatchObject({
      message: expect.stringContaining(`did not answer POST /guests/${guestId}/start within 1000 ms`),
      mayHaveArrived: true,
    });
  });

  it('ends while the call waits for a connection: nothing has arrived, and nothing will', async () => {
    holdTime();
    const agent = await startAgent(silence);
    const client = openClient(1000);
    const first = Array.from({ length: 4 }, () => errorOf(client.listGuests(agent.address)));
    await agent.seen(4);
    const fifth = errorOf(client.startAction(agent.address, guestId, 'start'));
    // All in one go, as after a pause of the whole process.
    vi.advanceTimersByTime(1000);
    expect(await fifth).toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: `The agent of the hypervisor ${hypervisorId} at ${agent.address.origin} could not be asked POST /guests/${guestId}/start within 1000 ms: other calls held its 4 connections`,
      mayHaveArrived: false,
    });
    await Promise.all(first);
    agent.answer(noGuests);
    expect(await client.listGuests(agent.address)).toEqual([]);
    expect(agent.requests.map(({ path }) => path)).toEqual(['/guests', '/guests', '/guests', '/guests', '/guests']);
  });
});

describe('a request that may not be sent any more', () => {
  it('when it has its turn is not sent, and the next one has it', async () => {
    const responses: ServerResponse[] = [];
    const agent = await startAgent((response) => responses.push(response));
    const client = openClient();
    const first = Array.from({ length: 4 }, () => client.listGuests(agent.address));
    await agent.seen(4);
    let mayBeSent = true;
    const fifth = errorOf(client.startAction(agent.address, guestId, 'start', { mayBeSent: () => mayBeSent }));
    const sixth = client.getMetadata(agent.address);
    mayBeSent = false;
    agent.answer(json({}));
    for (const response of responses) response.end('[]');
    await Promise.all(first);
    expect(await fifth).toMatchObject({ code: 'AGENT_UNREACHABLE', status: null, mayHaveArrived: false });
    expect(await sixth).toEqual({});
    expect(agent.requests.map(({ path }) => path)).toEqual(['/guests', '/guests', '/guests', '/guests', '/metadata']);
  });

  it('when it has a connection is not sent', async () => {
    const agent = await startAgent(noGuests);
    const client = openClient();
    const answers = [true, false];
    const call = client.startAction(agent.address, guestId, 'start', { mayBeSent: () => answers.pop() ?? true });
    expect(await errorOf(call)).toMatchObject({ mayHaveArrived: false });
    await client.listGuests(agent.address);
    expect(agent.requests.map(({ path }) => path)).toEqual(['/guests']);
  });
});

describe("a caller's signal", () => {
  it('ends a call before it is made', async () => {
    const agent = await startAgent(noGuests);
    const reason = new Error('gone');
    await expect(openClient().listGuests(agent.address, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(agent.requests).toEqual([]);
  });

  it('ends a call that waits for a connection, and the next has its turn', async () => {
    const responses: ServerResponse[] = [];
    const agent = await startAgent((response) => responses.push(response));
    const client = openClient();
    const first = Array.from({ length: 4 }, () => client.listGuests(agent.address));
    await agent.seen(4);
    const controller = new AbortController();
    const fifth = client.startAction(agent.address, guestId, 'start', { signal: controller.signal });
    const sixth = client.getMetadata(agent.address);
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(fifth).rejects.toBe(reason);
    agent.answer(json({}));
    for (const response of responses) response.end('[]');
    await Promise.all(first);
    expect(await sixth).toEqual({});
    expect(agent.requests.map(({ path }) => path)).toEqual(['/guests', '/guests', '/guests', '/guests', '/metadata']);
  });

  it('ends a call while it connects', async () => {
    const listener = await openFullListener();
    onTestFinished(() => listener.close());
    const controller = new AbortController();
    const agent = { hypervisorId, origin: `http://127.0.0.1:${listener.port}` };
    const call = openClient().listGuests(agent, controller.signal);
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('ends a call that the agent does not answer, and its connection', async () => {
    const closed = new Deferred();
    const agent = await startAgent((response) => response.on('close', () => closed.resolve()));
    const controller = new AbortController();
    const call = openClient().listGuests(agent.address, controller.signal);
    await agent.seen(1);
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    await closed.promise;
  });

  it('ends a call in the middle of its answer', async () => {
    const agent = await startAgent((response) => response.writeHead(200).write('['));
    const controller = new AbortController();
    const call = openClient().listGuests(agent.address, controller.signal);
    await agent.seen(1);
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
  });

  it('does nothing to a call that has ended', async () => {
    const agent = await startAgent(noGuests);
    const client = openClient();
    const controller = new AbortController();
    await client.listGuests(agent.address, controller.signal);
    controller.abort();
    expect(await client.listGuests(agent.address)).toEqual([]);
  });
});

describe('a client that is closed', () => {
  it('fails the calls under way, those that wait and those to come, and leaves no connection', async () => {
    const agent = await startAgent(silence);
    const client = openAgentClient({ timeoutMs: 60_000, connectionsPerAgent: 1 });
    const [asked, waiting] = [errorOf(client.listGuests(agent.address)), errorOf(client.listGuests(agent.address))];
    await agent.seen(1);
    await client.close();
    const name = `The agent of the hypervisor ${hypervisorId} at ${agent.address.origin}`;
    const stopped = { code: 'AGENT_UNREACHABLE', status: null };
    expect(await asked).toMatchObject({
      ...stopped,
      message: `${name} gave no answer to GET /guests: the gateway stops`,
      mayHaveArrived: true,
    });
    const notAsked = { ...stopped, message: `${name} could not be asked GET /guests: the gateway stops`, mayHaveArrived: false };
    expect(await waiting).toMatchObject(notAsked);
    expect(await errorOf(client.listGuests(agent.address))).toMatchObject(notAsked);
    await client.close();
  });

  it('gives up the connections that are still being made', async () => {
    const listener = await openFullListener();
    onTestFinished(() => listener.close());
    const agent = { hypervisorId, origin: `http://127.0.0.1:${listener.port}` };
    const client = openAgentClient({ timeoutMs: 60_000 });
    const call = errorOf(client.listGuests(agent));
    await client.close();
    expect(await call).toMatchObject({ mayHaveArrived: false, message: expect.stringContaining('the gateway stops') });
  });
});

describe('a POST', () => {
  it('is never sent twice, whenever the agent closes a connection that was kept alive', async () => {
    const jobId = 'the-job';
    const answered = (response: ServerResponse) => response.writeHead(202, { 'x-guest-job-id': jobId }).end('{}');
    /** How a connection ends, one after the other. */
    const endings: readonly Script[] = [
      (response) => answered(response),
      // Behind its answer, as an agent that was restarted: the next request may be on its way already.
      (response) => answered(response).on('finish', () => response.socket?.destroy()),
      (response) => answered(response).on('finish', () => setImmediate(() => response.socket?.destroy())),
      (response) => answered(response).on('finish', () => response.socket?.end()),
      // Instead of an answer.
      (response) => response.socket?.destroy(),
      (response) => response.socket?.resetAndDestroy(),
      (response) => response.socket?.end(),
      (response) =>
        response.writeHead(202, { 'x-guest-job-id': jobId, 'content-length': 10 }).write('{', () => response.destroy()),
    ];
    let turn = 0;
    const agent = await startAgent((response, request) => endings[turn++ % endings.length]?.(response, request));
    const client = openClient();
    const rounds = 400;
    let cut = 0;
    async function post(lane: number): Promise<void> {
      for (let round = 0; round < rounds; round++) {
        const guest = `${lane}-${round}`;
        const error = await errorOf(client.startAction(agent.address, guest, 'start'));
        const arrivals = agent.requests.filter(({ path }) => path === `/guests/${guest}/start`).length;
        if (error === null) expect(arrivals).toBe(1);
        else {
          if (!(error instanceof AgentError)) throw error;
          cut++;
          expect(arrivals).toBeLessThanOrEqual(error.mayHaveArrived ? 1 : 0);
        }
      }
    }
    await Promise.all([post(1), post(2), post(3)]);
    expect(new Set(agent.requests.map(({ path }) => path)).size).toBe(agent.requests.length);
    expect(cut).toBeGreaterThan(rounds / 2);
  });

  it('is not sent again where its connection ends while another call waits for one', async () => {
    const client = openAgentClient({ timeoutMs: 10_000, connectionsPerAgent: 1 });
    onTestFinished(() => client.close());
    const agent = await startAgent((response, { method }) =>
      method === 'POST' ? response.socket?.destroy() : response.end('[]'),
    );
    for (let round = 0; round < 100; round++) {
      const [posted, listed] = await Promise.all([
        errorOf(client.startAction(agent.address, String(round), 'start')),
        client.listGuests(agent.address),
      ]);
      expect(posted).toMatchObject({ mayHaveArrived: true });
      expect(listed).toEqual([]);
    }
    expect(agent.requests.filter(({ method }) => method === 'POST')).toHaveLength(100);
  });
});
