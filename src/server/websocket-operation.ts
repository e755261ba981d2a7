import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { Context, OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import { type ClientError, clientError, formattedError } from './client-error.ts';
import type { GraphqlServer } from './graphql-server.ts';
import { logRefusedDocument } from './operation-log.ts';
import { inputError } from './request-error.ts';
import { requestIdOf } from './request-id.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';
import { openSocketStream, refusalsIn } from './websocket-stream.ts';

export interface OperationsOptions {
  readonly graphql: Pick<GraphqlServer, 'getEnveloped'>;
  readonly services: Services;
  readonly isDraining: () => boolean;
  /** Under way on one socket. */
  readonly operationLimit: number;
}

type ProtocolContext = Context<ConnectionParameters, ConnectionContext>;
type Result = Awaited<OperationResult>;

/** Takes each operation that comes by a WebSocket through the plugins that it would meet over HTTP. */
export function openOperations(options: OperationsOptions): ServerOptions<ConnectionParameters, ConnectionContext> {
  const { graphql, services, isDraining, operationLimit } = options;
  /** graphql-ws takes arguments from `onSubscribe` and gives them back to be run. */
  const runs = new WeakMap<ExecutionArgs, () => Promise<Result>>();
  const run = (args: ExecutionArgs): Promise<Result> => runs.get(args)?.() ?? Promise.reject(new Error('Never prepared'));

  function refusalOf({ operations }: ConnectionContext): ClientError | null {
    if (isDraining()) return clientError({}, { code: 'SERVER_DRAINING' }, 'The gateway is shutting down: nothing was done');
    if (operations.size < operationLimit) return null;
    const message = `This socket has ${operationLimit} operations under way, and may have no more: nothing was done`;
    return clientError({}, { code: 'RATE_LIMITED', retryAfterSeconds: 1 }, message);
  }

  async function prepare(context: ProtocolContext, id: string, payload: SubscribePayload) {
    const { extra: connection } = context;
    const controller = new AbortController();
    const { signal } = controller;
    const requestId = requestIdOf(`${connection.requestId}/${id}`, services.newId);
    const caller = { requestId, signal, idempotencyKey: null, accept: null };
    const refusal = refusalOf(connection);
    if (refusal !== null) {
      logRefusedDocument({ log: services.log, caller, errors: [refusal] });
      return [refusal];
    }

    const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped(caller);
    const document = parse(payload.query);
    // Some clients send an empty name for "the only one".
    const operationName = payload.operationName || null;
    const kind = getOperationAST(document, operationName)?.operation;
    if (kind === undefined) throw inputError(new GraphQLError('Could not determine what operation to execute.'));
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const { variables: variableValues } = payload;
    const args = { schema, document, operationName, variableValues, contextValue: await contextFactory() };

    async function perform(): Promise<Result> {
      const running = { isWanted: () => id in context.subscriptions, abort: () => controller.abort() };
      connection.operations.add(running);
      const end = () => connection.operations.delete(running);
      try {
        if (kind === 'subscription') return await openSocketStream({ result: await subscribe(args), signal, onEnd: end });
        const result = await execute(args);
        end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    }
    runs.set(args, () => Promise.race([perform(), givenUp(signal)]));
    return args;
  }

  return {
    onSubscribe: (context, id, payload) =>
      prepare(context, id, payload).catch((error: unknown) => [answerError(error, services)]),
    execute: run,
    subscribe: run,
    onError: (_context, _id, _payload, errors) => errors.flatMap(refusalsIn).map(formattedError),
    onNext(_context, _id, _payload, _args, { errors, data, extensions }) {
      if (errors === undefined) return;
      const answered = { ...(data === undefined ? {} : { data }), ...(extensions === undefined ? {} : { extensions }) };
      return { errors: errors.map(formattedError), ...answered };
    },
  };
}

/**
 * An operation that was given up is over for graphql-ws at once, while what it began winds down: the client may use its id again,
 * and an answer that came late would go out as that of the new one.
 */
function givenUp(signal: AbortSignal): Promise<Result> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({}), { once: true }));
}
