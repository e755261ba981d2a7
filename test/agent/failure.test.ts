import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AgentAddress, type AgentClient, AgentError, openAgentClient } from '../../src/agent/index.ts';
import { freePorts, portOf } from '../support/free-port.ts';
import { json, type Script, type ScriptedAgent, silence, startScriptedAgent, text } from '../support/scripted-agent.ts';

const hypervisorId = 'dddddddd-0000-4000-8000-000000000001';
const guestId = 'cccccccc-0000-4000-8000-000000000001';
/** Long enough for the part of the call that is to succeed. */
const shortTimeoutMs = 1000;

function openClient(timeoutMs = 10_000): AgentClient {
  const client = openAgentClient({ timeoutMs });
  onTestFinished(() => client.close());
  return client;
}

async function startAgent(script: Script): Promise<ScriptedAgent> {
  const agent = await startScriptedAgent(script, { hypervisorId });
  onTestFinished(() => agent.close());
  return agent;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly mayHaveArrived: boolean;
}

/** How a call fails; its message without the agent that it begins with. */
async function failureOf(agent: AgentAddress, call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AgentError)) throw new Error('No AgentError', { cause: error });
  const { code, message, status, mayHaveArrived, details } = error;
  expect(details).toEqual(status === null ? { hypervisorId } : { hypervisorId, status });
  const name = `The agent of the hypervisor ${hypervisorId} at ${agent.origin} `;
  expect(message.slice(0, name.length)).toBe(name);
  return { code, message: message.slice(name.length), status, mayHaveArrived };
}

const unreachable = { code: 'AGENT_UNREACHABLE', status: null };

describe('an agent that does not answer', () => {
  it('is one that nobody listens for: certainly nothing arrived', async () => {
    const [port = 0] = await freePorts(1);
    const agent = { hypervisorId, origin: `http://127.0.0.1:${port}` };
    expect(await failureOf(agent, openClient().startAction(agent, guestId, 'start'))).toEqual({
      ...unreachable,
      message: `could not be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      mayHaveArrived: false,
    });
  });

  it('is one that takes the request and says nothing in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const agent = await startAgent(silence);
    const call = openClient(15_000).startAction(agent.address, guestId, 'start');
    const failure = failureOf(agent.address, call);
    await agent.seen(1);
    vi.advanceTimersByTime(15_000);
    expect(await failure).toEqual({
      ...unreachable,
      message: `did not answer POST /guests/${guestId}/start within 15000 ms`,
      mayHaveArrived: true,
    });
  });

  it('is one that begins an answer and does not end it in time', async () => {
    const agent = await startAgent((response) => response.writeHead(200).write('[{"id":'));
    const call = openClient(shortTimeoutMs).listGuests(agent.address);
    expect(await failureOf(agent.address, call)).toEqual({
      ...unreachable,
      message: `did not end its answer to GET /guests within ${shortTimeoutMs} ms`,
      mayHaveArrived: true,
    });
  });

  it('is one whose answer trickles on beyond the time for all of it', async () => {
    const agent = await startAgent((response) => {
      response.writeHead(200).write('[');
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    const call = openClient(shortTimeoutMs).listGuests(agent.address);
    expect(await failureOf(agent.address, call)).toMatchObject({ ...unreachable, mayHaveArrived: true });
  });

  it('is one that closes the connection instead', async () => {
    const agent = await startAgent((response) => response.socket?.end());
    expect(await failureOf(agent.address, openClient().startAction(agent.address, guestId, 'start'))).toEqual({
      ...unreachable,
      message: `gave no answer to POST /guests/${guestId}/start: other side closed`,
      mayHaveArrived: true,
    });
  });

  it('is one that resets the connection', async () => {
    const agent = await startAgent((response) => response.socket?.resetAndDestroy());
    expect(await failureOf(agent.address, openClient().listGuests(agent.address))).toEqual({
      ...unreachable,
      message: 'gave no answer to GET /guests: read ECONNRESET',
      mayHaveArrived: true,
    });
  });

  it('is one that breaks off its answer, with a job in its headers too', async () => {
    const agent = await startAgent((response) => {
      response.writeHead(202, { 'x-guest-job-id': guestId, 'content-length': 100 });
      response.write('{"id":', () => response.socket?.end());
    });
    expect(await failureOf(agent.address, openClient().startAction(agent.address, guestId, 'start'))).toEqual({
      ...unreachable,
      message: `broke off its answer to POST /guests/${guestId}/start: other side closed`,
      mayHaveArrived: true,
    });
  });

  it('is one that does not speak HTTP', async () => {
    const agent = await startRawServer((server) => {
      server.on('connection', (socket) =>
        socket.on('error', () => undefined).once('data', () => socket.end('220 mail.example ESMTP\r\n')),
      );
    });
    expect(await failureOf(agent, openClient().listGuests(agent))).toEqual({
      ...unreachable,
      message: 'gave no answer to GET /guests: Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)',
      mayHaveArrived: true,
    });
  });
});

async function startRawServer(prepare: (server: Server) => void): Promise<AgentAddress> {
  const server = createServer();
  prepare(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { hypervisorId, origin: `http://127.0.0.1:${portOf(server)}` };
}

type Ask = (client: AgentClient, agent: AgentAddress) => Promise<unknown>;

const list: Ask = (client, agent) => client.listGuests(agent);
const start: Ask = (client, agent) => client.startAction(agent, guestId, 'start');
const longText = 'x'.repeat(1000);
const job = { 'x-guest-job-id': guestId };

interface WrongAnswer {
  readonly name: string;
  readonly script: Script;
  readonly ask: Ask;
  readonly status: number;
  readonly message: string;
}

const wrongAnswers: readonly WrongAnswer[] = [
  {
    name: 'an error of the agent',
    script: json({ message: 'lock held\nby another client\u001b[31m', code: 500, stack: ['main.go:1'] }, 500),
    ask: list,
    status: 500,
    message: 'answered 500 to GET /guests: lock held by another client [31m',
  },
  {
    name: 'an error with a very long message',
    script: json({ message: longText }, 400),
    ask: list,
    status: 400,
    message: `answered 400 to GET /guests: ${'x'.repeat(200)}...`,
  },
  {
    name: 'an error in words',
    script: text('\n502 Bad Gateway\n<hr>nginx', 502),
    ask: list,
    status: 502,
    message: 'answered 502 to GET /guests: 502 Bad Gateway',
  },
  {
    name: 'an error of JSON that says nothing',
    script: json({ code: 500 }, 500),
    ask: list,
    status: 500,
    message: 'answered 500 to GET /guests: {"code":500}',
  },
  { name: 'an error without a word', script: text('', 500), ask: list, status: 500, message: 'answered 500 to GET /guests' },
  {
    name: 'a redirect, which is not followed',
    script: (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
    ask: start,
    status: 307,
    message: `answered 307 to POST /guests/${guestId}/start`,
  },
  {
    name: 'what is no JSON',
    script: text('<html>\n  <title>It works!</title>'),
    ask: list,
    status: 200,
    message: 'answered 200 to GET /guests with what is no JSON: <html> <title>It works!</title>',
  },
  {
    name: 'JSON that is broken off',
    script: text('[{"id":"a"}'),
    ask: list,
    status: 200,
    message: 'answered 200 to GET /guests with what is no JSON: [{"id":"a"}',
  },
  {
    name: 'JSON that is no array',
    script: json({ id: guestId }),
    ask: list,
    status: 200,
    message: `answered 200 to GET /guests with what is no array of guests: {"id":"${guestId}"}`,
  },
  {
    name: 'a guest without an id',
    script: json({ state: 'running' }),
    ask: (client, agent) => client.getGuest(agent, guestId),
    status: 200,
    message: `answered 200 to GET /guests/${guestId} with what is no guest: {"state":"running"}`,
  },
  {
    name: 'a job without an id',
    script: json(null),
    ask: (client, agent) => client.getJob(agent, '7/../?a'),
    status: 200,
    message: 'answered 200 to GET /jobs/7%2F..%2F%3Fa with what is no job: null',
  },
  {
    name: 'jobs that are no array',
    script: json('none'),
    ask: (client, agent) => client.listJobs(agent, guestId, 10),
    status: 200,
    message: `answered 200 to GET /guests/${guestId}/jobs?limit=10 with what is no array of jobs: "none"`,
  },
  {
    name: 'metadata that are no object',
    script: json(['a']),
    ask: (client, agent) => client.getMetadata(agent),
    status: 200,
    message: 'answered 200 to GET /metadata with what is no object of texts: ["a"]',
  },
  {
    name: 'a 202 without a job',
    script: json({ id: guestId }, 202),
    ask: start,
    status: 202,
    message: `answered 202 to POST /guests/${guestId}/start without the id of a job in X-Guest-Job-ID`,
  },
  {
    name: 'a 202 with a job that has no usable id',
    script: (response) => response.writeHead(202, { 'x-guest-job-id': 'a b' }).end('{}'),
    ask: start,
    status: 202,
    message: `answered 202 to POST /guests/${guestId}/start without the id of a job in X-Guest-Job-ID`,
  },
  {
    name: 'a job with a status that says it is done',
    script: (response) => response.writeHead(200, job).end('{}'),
    ask: start,
    status: 200,
    message: `answered 200 to POST /guests/${guestId}/start: {}`,
  },
  {
    name: 'an image that it can not look for',
    script: json({ message: 'zfs is away' }, 500),
    ask: (client, agent) => client.getImageStatus(agent, guestId),
    status: 500,
    message: `answered 500 to GET /images/${guestId}: zfs is away`,
  },
];

describe('an agent that answers what no agent says', () => {
  it.each(wrongAnswers)('is refused: $name', async ({ script, ask, status, message }) => {
    const agent = await startAgent(script);
    const failure = await failureOf(agent.address, ask(openClient(), agent.address));
    expect(failure).toEqual({ code: 'AGENT_ERROR', message, status, mayHaveArrived: true });
    expect(agent.requests).toHaveLength(1);
  });

  it('is not listened to for ever', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    const agent = await startAgent((response) => {
      response.writeHead(200);
      const more = (): void => void (response.writable && response.write(chunk, (error) => (error ? undefined : more())));
      more();
    });
    expect(await failureOf(agent.address, openClient().listGuests(agent.address))).toEqual({
      code: 'AGENT_ERROR',
      message: 'answered 200 to GET /guests with more than 16 MiB',
      status: 200,
      mayHaveArrived: true,
    });
  });

  it.each([200, 500])('is not read where it is millions of values, with status %i', async (status) => {
    const body = Buffer.from(`{"message":[${'{},'.repeat(5_000_000)}{}]}`);
    const agent = await startAgent((response) => response.writeHead(status).end(body));
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    const failure = await failureOf(agent.address, openClient().listGuests(agent.address));
    expect(failure).toMatchObject({ code: 'AGENT_ERROR', status, mayHaveArrived: true });
    expect(failure.message).toMatch(
      status === 200 ? /^answered 200 to GET \/guests with more than 500000 values$/ : /^answered 500/,
    );
    // undici copies its options by JSON.
    expect(parse.mock.calls.some(([text]) => text.length > 1000)).toBe(false);
  });

  it('knows no image where its answer names no status of it', async () => {
    const client = openClient();
    const agent = await startAgent(text('404 page not found', 404));
    const status = () => client.getImageStatus(agent.address, guestId);
    expect(await status()).toBeNull();
    for (const answer of [{ id: guestId }, { status: 7 }, [{ status: 'complete' }], null, 'complete']) {
      agent.answer(json(answer));
      expect(await status()).toBeNull();
    }
    agent.answer(json({ id: guestId, status: 'pending' }));
    expect(await status()).toBe('pending');
  });
});
