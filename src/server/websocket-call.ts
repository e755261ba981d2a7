import type { Context, OperationResult } from 'graphql-ws';
import type { OperationKind } from '../observer.ts';
import type { Caller } from './caller.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';
import type { RunningOperation } from './websocket-ending.ts';

export type ProtocolContext = Context<ConnectionParameters, ConnectionContext>;
export type Result = Awaited<OperationResult>;

/** Calls `onEnd` once the operation is no longer under way, or settles without results that go on. */
type Perform = (onEnd: () => void) => Promise<Result>;

export interface SocketCall extends Pick<Caller, 'signal' | 'clientSignal'> {
  /** Runs the operation, which is one of those under way on its socket until its end. */
  run(kind: OperationKind, perform: Perform): Promise<Result>;
}

/** An operation that came by a socket, and what may end it. Over HTTP: call-signal.ts. */
export function openSocketCall(context: ProtocolContext, id: string): SocketCall {
  const { operations } = context.extra;
  const client = new AbortController();
  const call = new AbortController();

  function giveUp(): void {
    client.abort();
    call.abort();
  }

  /** As if its client had said `complete`: graphql-ws sends nothing more of it. */
  function silence(): void {
    const results = context.subscriptions[id];
    delete context.subscriptions[id];
    // Whoever waits for its next result hears of what fails there.
    if (isStream(results)) results.return().catch(() => undefined);
  }

  return {
    signal: call.signal,
    clientSignal: client.signal,
    run(kind, perform) {
      const running: RunningOperation = {
        isWanted: () => id in context.subscriptions,
        giveUp,
        endCredential(end) {
          // Its id may be that of another one since.
          if (client.signal.aborted) return;
          if (kind !== 'mutation') silence();
          call.abort(end);
        },
      };
      const onEnd = (): boolean => operations.delete(running);
      async function performed(): Promise<Result> {
        try {
          const result = await perform(onEnd);
          if (!isStream(result)) onEnd();
          return result;
        } catch (error) {
          onEnd();
          throw error;
        }
      }
      operations.add(running);
      return Promise.race([performed(), aborted(kind === 'mutation' ? client.signal : call.signal)]);
    },
  };
}

/** Of what `subscribe` answered, or of what graphql-ws keeps of it: null before it has answered, and for queries and mutations. */
function isStream(results: unknown): results is { return(): Promise<unknown> } {
  return typeof results === 'object' && results !== null && 'return' in results;
}

/**
 * An operation that was given up is over for graphql-ws at once, while what it began winds down: the client may use its id again,
 * and an answer that came late would go out as that of the new one.
 */
function aborted(signal: AbortSignal): Promise<Result> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({}), { once: true }));
}
