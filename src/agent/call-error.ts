import { errors } from 'undici';
import { messageOf } from '../errors.ts';
import { AgentError } from './agent-error.ts';
import { type AgentRequest, agentName, requestName } from './agent-request.ts';
import { answerLimitBytes, type Stage } from './exchange.ts';
import { TooManyWaiting } from './turns.ts';

export type CallEnd = 'deadline' | 'close' | 'caller';

/** Why a call was ended from here. */
export class CallEnded extends Error {
  override readonly name = 'CallEnded';
  readonly by: CallEnd;

  constructor(by: CallEnd) {
    super(`Ended by the ${by}`);
    this.by = by;
  }
}

export interface FailedCall {
  readonly request: AgentRequest;
  /** Null when it got no connection to be made on. */
  readonly exchange: { readonly stage: Stage; readonly status: number | null } | null;
  readonly error: unknown;
  readonly timeoutMs: number;
  readonly connectionsPerAgent: number;
  readonly waitingLimit: number;
}

/** The one door through which errors of undici and of sockets leave. */
export function callError(failed: FailedCall): AgentError {
  const { request, exchange, error } = failed;
  const stage = exchange?.stage ?? 'waiting';
  const isTooLong = error instanceof errors.ResponseExceededMaxSizeError;
  return new AgentError({
    agent: request.agent,
    message: `${agentName(request.agent)} ${isTooLong ? tooLong(failed) : whatFailed(failed, stage)}`,
    // An answer that broke off is none.
    status: isTooLong ? (exchange?.status ?? null) : null,
    mayHaveArrived: stage === 'sent' || stage === 'answering',
    cause: error,
  });
}

function tooLong({ request, exchange }: FailedCall): string {
  return `answered ${exchange?.status} to ${requestName(request)} with more than ${answerLimitBytes / 1024 / 1024} MiB`;
}

function whatFailed(failed: FailedCall, stage: Stage | 'waiting'): string {
  const { request, error, timeoutMs } = failed;
  const name = requestName(request);
  const isLate = error instanceof CallEnded && error.by === 'deadline';
  switch (stage) {
    case 'waiting':
      return `could not be asked ${name}${isLate ? ` within ${timeoutMs} ms` : ''}: ${whyItWaited(failed)}`;
    case 'connecting':
      return `could not be reached${isLate ? ` within ${timeoutMs} ms` : `: ${reasonOf(error)}`}`;
    case 'sent':
      return isLate ? `did not answer ${name} within ${timeoutMs} ms` : `gave no answer to ${name}: ${reasonOf(error)}`;
    case 'answering':
      return isLate
        ? `did not end its answer to ${name} within ${timeoutMs} ms`
        : `broke off its answer to ${name}: ${reasonOf(error)}`;
  }
}

function whyItWaited({ error, connectionsPerAgent, waitingLimit }: FailedCall): string {
  const connections = connectionsPerAgent === 1 ? 'its one connection' : `its ${connectionsPerAgent} connections`;
  if (error instanceof TooManyWaiting) return `${waitingLimit} calls wait for ${connections} already`;
  return error instanceof CallEnded && error.by === 'deadline' ? `other calls held ${connections}` : reasonOf(error);
}

function reasonOf(error: unknown): string {
  if (error instanceof CallEnded && error.by === 'close') return 'the gateway stops';
  // An error of several attempts has its code alone.
  const message = messageOf(error);
  return message === '' && error instanceof Error && 'code' in error ? String(error.code) : message;
}
