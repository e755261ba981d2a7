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
}

const defaultConnectionsPerAgent = 4;

const notFound = 404;

/** Speaks to agents over HTTP. */
export function openAgentClient({
  timeoutMs,
  connectionsPerAgent = defaultConnectionsPerAgent,
}: AgentClientOptions): AgentClient {
  const caller = openAgentCaller({ timeoutMs, connectionsPerAgent });

  /** What `read` makes of the answer to a GET. */
  async function get<T>(
    agent: AgentAddress,
    path: string,
    read: (request: AgentRequest, answer: AgentAnswer) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const request: AgentRequest = { agent, method: 'GET', path };
    return read(request, await caller.call(request, signal));
  }

  async function post(agent: AgentAddress, path: string, body: string, signal: AbortSignal | undefined): Promise<string> {
    const request: AgentRequest = { agent, method: 'POST', path, body };
    return jobIdOf(request, await caller.call(request, signal));
  }

  return {
    timeoutMs,
    listGuests: (agent, signal) => get(agent, '/guests', guestsIn, signal),
    getGuest: (agent, guestId, signal) => get(agent, `/guests/${encode(guestId)}`, guestIn, signal),
    createGuest: (agent, guest, signal) => post(agent, '/guests', printGuest(guest), signal),
    startAction: (agent, guestId, action, signal) => post(agent, `/guests/${encode(guestId)}/${action}`, noBody, signal),
    fetchImage: (agent, image, signal) => post(agent, '/images', printImage(image), signal),
    getImageStatus: (agent, imageId, signal) => get(agent, `/images/${encode(imageId)}`, imageIn, signal),
    getJob: (agent, jobId, signal) => get(agent, `/jobs/${encode(jobId)}`, jobIn, signal),
    listJobs: (agent, guestId, limit, signal) => get(agent, `/guests/${encode(guestId)}/jobs?limit=${limit}`, jobsIn, signal),
    getMetrics: (agent, guestId, metric, signal) => get(agent, `/guests/${encode(guestId)}/metrics/${metric}`, jsonOf, signal),
    getMetadata: (agent, signal) => get(agent, '/metadata', metadataIn, signal),
    close: caller.close,
  };
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
