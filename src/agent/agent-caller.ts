import { setMaxListeners } from 'node:events';
import { Agent } from 'undici';
import type { AgentAnswer, AgentRequest } from './agent-request.ts';
import { type CallEnd, CallEnded, callError } from './call-error.ts';
import { openConnector } from './connector.ts';
import { Exchange, exchangeOptions } from './exchange.ts';
import { openTurns } from './turns.ts';

export interface AgentCallerOptions {
  /** For one call, from when it is made until its answer is there whole. */
  readonly timeoutMs: number;
  readonly connectionsPerAgent: number;
}

export interface AgentCaller {
  /** Makes a request, once. Fails with an AgentError, or with the signal's reason. */
  call(request: AgentRequest, signal?: AbortSignal): Promise<AgentAnswer>;
  close(): Promise<void>;
}

/** Servers close a connection that is idle for 5 s, as a rule. Who closes first must be the one that sends. */
const keepAliveTimeoutMs = 3000;

/** For one of an agent's connections. Beyond it calls are refused. */
const waitingLimit = 1000;

export function openAgentCaller({ timeoutMs, connectionsPerAgent }: AgentCallerOptions): AgentCaller {
  const connector = openConnector(timeoutMs);
  const dispatcher = new Agent({
    ...exchangeOptions,
    connect: connector.connect,
    connections: connectionsPerAgent,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Whatever the agent proposes.
    keepAliveMaxTimeout: keepAliveTimeoutMs,
  });
  // An Agent bounds the connections of a pool, but drops the pool of an agent whose last connection broke and begins another one.
  const turns = openTurns({ limit: connectionsPerAgent, waitingLimit });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  async function call(request: AgentRequest, signal?: AbortSignal): Promise<AgentAnswer> {
    signal?.throwIfAborted();
    const end = openEnd({ timeoutMs, signal, closing: closing.signal });
    let exchange: Exchange | null = null;
    try {
      const giveBack = await turns.take(request.agent.origin, end.signal);
      exchange = new Exchange({ dispatcher, request, signal: end.signal });
      void exchange.over.then(giveBack);
      return await exchange.answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw callError({ request, exchange, error, timeoutMs, connectionsPerAgent, waitingLimit });
    } finally {
      end.close();
    }
  }

  return {
    call,
    async close() {
      closing.abort();
      connector.close();
      await dispatcher.destroy();
    },
  };
}

interface EndOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly closing: AbortSignal;
}

/** One signal for all that can end a call. */
function openEnd({ timeoutMs, signal, closing }: EndOptions): { readonly signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const end = (by: CallEnd) => () => controller.abort(new CallEnded(by));
  const onAbort = end('caller');
  const onClosing = end('close');
  const timer = setTimeout(end('deadline'), timeoutMs);
  // A caller may give one signal to very many calls.
  if (signal !== undefined) setMaxListeners(0, signal);
  signal?.addEventListener('abort', onAbort);
  closing.addEventListener('abort', onClosing);
  if (closing.aborted) onClosing();
  return {
    signal: controller.signal,
    close() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      closing.removeEventListener('abort', onClosing);
    },
  };
}
