import { hasErrorCode } from '../errors.ts';
import { type AgentObserver, type AgentOutcome, silentObserver } from '../observer.ts';
import { openAgentCaller } from './agent-caller.ts';
import type { AgentAddress, AgentClient } from './agent-client.ts';
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
  async function call<T>(name: CallName, asked: AgentRequest, read: Reader<T>, signal: AbortSignal | undefined): Promise<T> {
    const { agent, method } = asked;
    const observed = observer.begin({ name, method, ...agent });
    try {
      const request: AgentRequest = { ...asked, headers: observed.headers };
      const result = read(request, await caller.call(request, signal));
      observed.end('ok');
      return result;
    } catch (error) {
      observed.end(signal?.aborted === true ? 'aborted' : outcomeOf(error));
      throw error;
    }
  }

  return {
    timeoutMs,
    listGuests: (agent, signal) => call('listGuests', get(agent, '/guests'), guestsIn, signal),
    getGuest: (agent, guestId, signal) => call('getGuest', get(agent, `/guests/${encode(guestId)}`), guestIn, signal),
    createGuest: (agent, guest, signal) => call('createGuest', post(agent, '/guests', printGuest(guest)), jobIdOf, signal),
    startAction: (agent, guestId, action, signal) =>
      call('startAction', post(agent, `/guests/${encode(guestId)}/${action}`, noBody), jobIdOf, signal),
    fetchImage: (agent, image, signal) => call('fetchImage', post(agent, '/images', printImage(image)), jobIdOf, signal),
    getImageStatus: (agent, imageId, signal) => call('getImageStatus', get(agent, `/images/${encode(imageId)}`), imageIn, signal),
    getJob: (agent, jobId, signal) => call('getJob', get(agent, `/jobs/${encode(jobId)}`), jobIn, signal),
    listJobs: (agent, guestId, limit, signal) =>
      call('listJobs', get(agent, `/guests/${encode(guestId)}/jobs?limit=${limit}`), jobsIn, signal),
    getMetrics: (agent, guestId, metric, signal) =>
      call('getMetrics', get(agent, `/guests/${encode(guestId)}/metrics/${metric}`), jsonOf, signal),
    getMetadata: (agent, signal) => call('getMetadata', get(agent, '/metadata'), metadataIn, signal),
    close: caller.close,
  };
}

type CallName = Exclude<keyof AgentClient, 'timeoutMs' | 'close'>;
type Reader<T> = (request: AgentRequest, answer: AgentAnswer) => T;

function get(agent: AgentAddress, path: string): AgentRequest {
  return { agent, method: 'GET', path };
}

function post(agent: AgentAddress, path: string, body: string): AgentRequest {
  return { agent, method: 'POST', path, body };
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
