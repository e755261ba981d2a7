import { hasErrorCode } from '../errors.ts';
import { type AgentObserver, type AgentOutcome, silentObserver } from '../observer.ts';
import { openAgentCaller } from './agent-caller.ts';
import type { AgentAddress, AgentClient, Sending } from './agent-client.ts';
import type { AgentAnswer, AgentRequest } from './agent-request.ts';
import { jobIdOf, jsonOf, requireShape } from './answer.ts';
import { noBody, printGuest, printImage } from './request-body.ts';
import { isObject, readAll, readGuest, readImageStatus, readJob, readMetadata } from './wire.ts';

export interface AgentClientOptions {
  /** For one call, all in all. */
  readonly timeoutMs: number;
  /** Calls beyond it wait for their turn. Default: 4. */
  readonly connectionsPerAgent?: number;
  /** Default: nobody is told of the calls. */
  readonly observer?: AgentObserver;
}

const defaultConnectionsPerAgent = 4;

const notFound = 404;

/** Speaks to agents over HTTP. */
export function openAgentClient({
  timeoutMs,
  connectionsPerAgent = defaultConnectionsPerAgent,
  observer = silentObserver.agents,
}: AgentClientOptions): AgentClient {
  const caller = openAgentCaller({ timeoutMs, connectionsPerAgent });

  /** What `read` makes of the answer. */
  async function call<T>(request: AgentRequest, { name, read, signal }: Call<T>): Promise<T> {
    const { agent, method } = request;
    const observed = observer.begin({ name, method, ...agent });
    try {
      const sent: AgentRequest = { ...request, headers: observed.headers };
      const result = read(sent, await caller.call(sent, signal));
      observed.end('ok');
      return result;
    } catch (error) {
      observed.end(signal?.aborted === true ? 'aborted' : outcomeOf(error));
      throw error;
    }
  }

  /** What makes the agent begin a job, whose id it answers. */
  function send(request: AgentRequest, { name, signal, mayBeSent }: Sending & Pick<Call<string>, 'name'>): Promise<string> {
    return call({ ...request, mayBeSent }, { name, read: jobIdOf, signal });
  }

  return {
    timeoutMs,
    listGuests: (agent, signal) => call(get(agent, '/guests'), { name: 'listGuests', read: guestsIn, signal }),
    getGuest: (agent, guestId, signal) => call(get(agent, guestPath(guestId)), { name: 'getGuest', read: guestIn, signal }),
    createGuest: (agent, guest, sending) =>
      send(post(agent, { path: '/guests', body: printGuest(guest) }), { ...sending, name: 'createGuest' }),
    startAction: (agent, guestId, action, sending) =>
      send(post(agent, { path: `${guestPath(guestId)}/${action}`, body: noBody }), { ...sending, name: 'startAction' }),
    fetchImage: (agent, image, sending) =>
      send(post(agent, { path: '/images', body: printImage(image) }), { ...sending, name: 'fetchImage' }),
    getImageStatus: (agent, imageId, signal) =>
      call(get(agent, `/images/${encode(imageId)}`), { name: 'getImageStatus', read: imageIn, signal }),
    getJob: (agent, jobId, signal) => call(get(agent, `/jobs/${encode(jobId)}`), { name: 'getJob', read: jobIn, signal }),
    listJobs: (agent, guestId, limit, signal) =>
      call(get(agent, `${guestPath(guestId)}/jobs?limit=${limit}`), { name: 'listJobs', read: jobsIn, signal }),
    getMetrics: (agent, guestId, metric, signal) =>
      call(get(agent, `${guestPath(guestId)}/metrics/${metric}`), { name: 'getMetrics', read: jsonOf, signal }),
    getMetadata: (agent, signal) => call(get(agent, '/metadata'), { name: 'getMetadata', read: metadataIn, signal }),
    close: caller.close,
  };
}

type CallName = Exclude<keyof AgentClient, 'timeoutMs' | 'close'>;

interface Call<T> {
  readonly name: CallName;
  readonly read: (request: AgentRequest, answer: AgentAnswer) => T;
  readonly signal: AbortSignal | undefined;
}

function get(agent: AgentAddress, path: string): AgentRequest {
  return { agent, method: 'GET', path };
}

function post(agent: AgentAddress, { path, body }: Required<Pick<AgentRequest, 'path' | 'body'>>): AgentRequest {
  return { agent, method: 'POST', path, body };
}

function guestPath(guestId: string): string {
  return `/guests/${encode(guestId)}`;
}

function outcomeOf(error: unknown): AgentOutcome {
  return hasErrorCode(error, 'AGENT_UNREACHABLE') ? 'unreachable' : 'error';
}

function guestsIn(request: AgentRequest, answer: AgentAnswer) {
  return requireShape(request, answer, readAll(jsonOf(request, answer), readGuest), 'array of guests');
}

function guestIn(request: AgentRequest, answer: AgentAnswer) {
  if (answer.status === notFound) return null;
  return requireShape(request, answer, readGuest(jsonOf(request, answer)), 'guest');
}

/** What says nothing of an image is an answer of an agent that can't say it. */
function imageIn(request: AgentRequest, answer: AgentAnswer) {
  return answer.status === notFound ? null : readImageStatus(jsonOf(request, answer));
}

function jobIn(request: AgentRequest, answer: AgentAnswer) {
  if (answer.status === notFound) return null;
  return requireShape(request, answer, readJob(jsonOf(request, answer)), 'job');
}

function jobsIn(request: AgentRequest, answer: AgentAnswer) {
  if (answer.status === notFound) return [];
  return requireShape(request, answer, readAll(jsonOf(request, answer), readJob), 'array of jobs');
}

function metadataIn(request: AgentRequest, answer: AgentAnswer) {
  const value = jsonOf(request, answer) ?? {};
  return requireShape(request, answer, isObject(value) ? readMetadata(value) : null, 'object of texts');
}

/** As a part of a path. */
const encode = encodeURIComponent;
