import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { Context, OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Authenticator, Viewer } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import type { Caller } from './caller.ts';
import { type ClientError, clientError, formattedError } from './client-error.ts';
import type { GraphqlServer } from './graphql-server.ts';
import { type Admission, asksForCost } from './limits/index.ts';
import { logRefusedDocument } from './operation-log.ts';
import { type PersistedOperations, requestedDocument } from './persisted-operations/index.ts';
import { inputError } from './request-error.ts';
import { requestIdOf } from './request-id.ts';
import { requireShallow } from './variable-depth.ts';
import { openSocketAuthentication } from './websocket-authentication.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';
import { openSocketStream, refusalsIn } from './websocket-stream.ts';

export interface OperationsOptions {
  readonly graphql: Pick<GraphqlServer, 'getEnveloped'>;
  readonly services: Services;
  readonly isDraining: () => boolean;
  readonly persisted: PersistedOperations | null;
  readonly admission: Admission;
  readonly authenticator: Authenticator;
  /** Under way on one socket. */
  readonly operationLimit: number;
}

type ProtocolContext = Context<ConnectionParameters, ConnectionContext>;
type Result = Awaited<OperationResult>;

/** Takes each operation that comes by a WebSocket through the plugins that it would meet over HTTP. */
export function openOperations(options: OperationsOptions): ServerOptions<ConnectionParameters, ConnectionContext> {
  const { graphql, services, isDraining, persisted, admission, authenticator, operationLimit } = options;
  /** graphql-ws takes arguments from `onSubscribe` and gives them back to be run. */
  const runs = new WeakMap<ExecutionArgs, () => Promise<Result>>();
  const run = (args: ExecutionArgs): Promise<Result> => runs.get(args)?.() ?? Promise.reject(new Error('Never prepared'));

  function refusalOf({ operations, address }: ConnectionContext, viewer: Viewer): ClientError | null {
    if (isDraining()) return clientError({}, { code: 'SERVER_DRAINING' }, 'The gateway is shutting down: nothing was done');
    if (operations.size < operationLimit) return admission.refusalOf({ viewer, address });
    const message = `This socket has ${operationLimit} operations under way, and may have no more: nothing was done`;
    return clientError({}, { code: 'RATE_LIMITED', retryAfterSeconds: 1 }, message);
  }

  async function prepare(context: ProtocolContext, id: string, payload: SubscribePayload) {
    const { extra: connection } = context;
    const { viewer } = connection;
    if (viewer === null) throw new Error('An operation of nobody');
    const controller = new AbortController();
    const { signal } = controller;
    const requestId = requestIdOf(`${connection.requestId}/${id}`, services.newId);
    const traceparent = traceparentOf(payload) ?? traceparentOf({ extensions: context.connectionParams });
    const caller: Caller = {
      requestId,
      transport: 'websocket',
      traceparent,
      viewer,
      ...(asksForCost(payload.extensions) ? { wantsCost: true } : {}),
      signal,
      clientSignal: signal,
      idempotencyKey: null,
      accept: null,
    };
    const refusal = refusalOf(connection, viewer);
    if (refusal !== null) {
      logRefusedDocument({ services, caller, errors: [refusal] });
      return [refusal];
    }

    const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped(caller);
    const document = parse(requestedDocument(payload, persisted));
    // Some clients send an empty name for "the only one".
    const operationName = payload.operationName || null;
    const kind = getOperationAST(document, operationName)?.operation;
    if (kind === undefined) throw inputError(new GraphQLError('Could not determine what operation to execute.'));
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const { variables: variableValues } = payload;
    requireShallow(variableValues ?? {});
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
    onConnect: openSocketAuthentication({ authenticator, guesses: admission.guesses, log: services.log }),
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

/** W3C: messages have no headers, so a client says it in its `extensions`, or once for all of them in its `connection_init`. */
function traceparentOf({ extensions }: { readonly extensions?: Record<string, unknown> | null | undefined }): string | null {
  const traceparent = extensions?.traceparent;
  return typeof traceparent === 'string' ? traceparent : null;
}

/**
 * An operation that was given up is over for graphql-ws at once, while what it began winds down: the client may use its id again,
 * and an answer that came late would go out as that of the new one.
 */
function givenUp(signal: AbortSignal): Promise<Result> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({}), { once: true }));
}
