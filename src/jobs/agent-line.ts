import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentAddress, type AgentClient, AgentError, type Sending } from '../agent/index.ts';
import { hasErrorCode } from '../errors.ts';
import { agentAddressOf } from '../resolvers/agent-address.ts';
import type { HeldJob } from './held-job.ts';
import { ClaimLostError, HypervisorGoneError, JobFailedError } from './job-error.ts';

/** A place among the jobs that this gateway works on at once. */
export interface WorkPlace {
  leave(): void;
  /** Waits for a place, where it has none. */
  take(): Promise<void>;
}

export interface AgentLineOptions {
  readonly job: HeldJob;
  readonly place: WorkPlace;
  /** How long an agent may be out of reach before the job fails. */
  readonly timeoutMs: number;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** A request whose connection broke may still lie in a buffer of the agent's machine: it is looked for again after this. */
const settleMs = 1000;
const settleLooks = 2;

export type Ask<T> = (client: AgentClient, agent: AgentAddress, signal: AbortSignal) => Promise<T>;
export type Send<T> = (client: AgentClient, agent: AgentAddress, sending: Sending) => Promise<T>;

/** The agent of a job's hypervisor, for somebody who can wait for it. */
export class AgentLine {
  readonly #options: AgentLineOptions;
  /** On a clock that does not jump. */
  #lastContactMs: number;
  /** Where it listens, as long as it answers there. */
  #agent: AgentAddress | null = null;

  constructor(options: AgentLineOptions) {
    this.#options = options;
    const { services, job } = options.job;
    // That the agent has it says that it was reached since the job began, though not when.
    const isUnreached = job.startedAt !== null && job.remoteId === null;
    const sinceStartMs = isUnreached ? services.now().getTime() - Date.parse(job.startedAt) : 0;
    this.#lastContactMs = performance.now() - Math.max(0, sinceStartMs);
  }

  /** Asks until the agent answers. Fails with a JobFailedError when that takes too long. */
  async ask<T>(ask: Ask<T>): Promise<T> {
    await this.#options.place.take();
    for (let attempt = 0; ; attempt++) {
      this.#options.job.requireGoingOn();
      try {
        return await this.#call(ask, this.#options.job.stopping);
      } catch (error) {
        if (!isAgents(error)) throw error;
        await this.#wait(error, attempt);
      }
    }
  }

  /**
   * Has the agent begin something. Sent again only when it is certain that it did not arrive: where that can't be
   * known, `find` looks whether the agent has begun. Fails with a JobFailedError when the agent refuses. It may wait for its turn at the agent:
   * nothing is sent once the lease has ended meanwhile.
   */
  async begin<T>(send: Send<T>, find: () => Promise<T | null>): Promise<T> {
    const { lease } = this.#options.job;
    const mayBeSent = () => lease.isSure();
    await this.#options.place.take();
    for (let attempt = 0; ; attempt++) {
      this.#options.job.requireGoingOn();
      try {
        // Not cut when the gateway stops: an answer that comes is worth more than a few seconds.
        return await this.#call((client, agent, signal) => send(client, agent, { signal, mayBeSent }), lease.lost);
      } catch (error) {
        if (!isAgents(error)) throw error;
        if (error instanceof AgentError && error.mayHaveArrived) {
          if (error.status !== null && error.status >= 300) throw new JobFailedError(error.message);
          const found = await this.findUnsettled(find);
          if (found !== null) return found;
          if (error.status !== null) throw new JobFailedError(error.message);
        }
        await this.#wait(error, attempt);
      }
    }
  }

  /** Looks twice, with time between, for a request that may still be on its way. */
  async findUnsettled<T>(find: () => Promise<T | null>): Promise<T | null> {
    for (let look = 1; ; look++) {
      const found = await find();
      if (found !== null || look === settleLooks) return found;
      await this.pause(settleMs);
    }
  }

  /** Fails with a ClaimLostError when the gateway stops or the claim is lost meanwhile. */
  async pause(ms: number): Promise<void> {
    const { job } = this.#options;
    await sleep(ms, undefined, { signal: job.stopping }).catch(() => undefined);
    job.requireGoingOn();
  }

  async #call<T>(ask: Ask<T>, signal: AbortSignal): Promise<T> {
    const { services, lease } = this.#options.job;
    try {
      this.#agent ??= await this.#find();
      // Right before it is sent: reading may have taken long.
      if (!lease.isSure()) throw new ClaimLostError('The lease of the claim was lost');
      const answer = await ask(services.agents, this.#agent, signal);
      this.#lastContactMs = performance.now();
      return answer;
    } catch (error) {
      this.#agent = null;
      if (signal.aborted) throw new ClaimLostError('The gateway stops, or lost its claim', { cause: error });
      throw error;
    }
  }

  async #find(): Promise<AgentAddress> {
    const { job } = this.#options;
    if (job.hypervisorId === null) throw new JobFailedError('Its guest is on no hypervisor');
    const context = job.look();
    const hypervisor = await context.loaders.HYPERVISOR.get(job.hypervisorId);
    if (hypervisor === null) throw new HypervisorGoneError(`There is no hypervisor ${job.hypervisorId} any more`);
    return agentAddressOf(context, hypervisor);
  }

  /** Others may work while this one waits for an agent that is away, until it was reached. */
  async #wait(error: Error, attempt: number): Promise<void> {
    const { place, timeoutMs } = this.#options;
    const awayMs = performance.now() - this.#lastContactMs;
    if (awayMs >= timeoutMs) throw new JobFailedError(`Given up after ${Math.round(awayMs / 1000)} s: ${error.message}`);
    place.leave();
    await this.pause(Math.min(longestPauseMs, firstPauseMs * 2 ** attempt, timeoutMs - awayMs));
  }
}

/** What only the agent is to blame for: it may be another the next time. */
function isAgents(error: unknown): error is Error {
  return error instanceof AgentError || hasErrorCode(error, 'AGENT_UNREACHABLE');
}
