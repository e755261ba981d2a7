import { type DocumentNode, type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import type { Authenticator, Viewer } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import type { Caller } from './caller.ts';
import { chosenOperation } from './chosen-operation.ts';
import { type ClientError, clientError, formattedError, isClientError } from './client-error.ts';
import type { GraphqlServer } from './graphql-server.ts';
import { type Admission, asksForCost, type RefusalLog } from './limits/index.ts';
import { logRefusedRequest } from './operation-log.ts';
import { type PersistedLookups, requestedDocument } from './persisted-operations/index.ts';
import { requestIdOf } from './request-id.ts';
import { requireShallow } from './variable-depth.ts';
import { openSocketAuthentication } from './websocket-authentication.ts';
import { openSocketCall, type ProtocolContext, type Result, type SocketCall } from './websocket-call.ts';
import type { ConnectionContext, ConnectionParameters } from './websocket-connection.ts';
import { openSocketStream, refusalsIn } from './websocket-stream.ts';

export interface OperationsOptions {
  readonly graphql: Pick<GraphqlServer, 'getEnveloped'>;
  readonly services: Services;
  readonly isDraining: () => boolean;
  readonly persisted: PersistedLookups | null;
  readonly admission: Admission;
  readonly refusals: RefusalLog;
  readonly authenticator: Authenticator;
  /** Under way on one socket. */
  readonly operationLimit: number;
}

/** In characters. Each event of a subscription repeats it. */
const longestId = 1000;

type Prepared = ExecutionArgs | readonly GraphQLError[];

interface Asked {
  readonly context: ProtocolContext;
  readonly id: string;
  readonly payload: SubscribePayload;
}

interface Beginning {
  readonly payload: SubscribePayload;
  readonly call: SocketCall;
  readonly caller: Caller;
}

/** Takes each operation that comes by a WebSocket through the plugins that it would meet over HTTP. */
export function openOperations(options: OperationsOptions): ServerOptions<ConnectionParameters, ConnectionContext> {
  const { graphql, services, isDraining, persisted, admission, refusals, authenticator, operationLimit } = options;
  /** graphql-ws takes arguments from `onSubscribe` and gives them back to be run. */
  const runs = new WeakMap<ExecutionArgs, () => Promise<Result>>();
  const run = (args: ExecutionArgs): Promise<Result> => runs.get(args)?.() ?? Promise.reject(new Error('Never prepared'));

  function refusalOf({ operations, address, credentialEnd }: ConnectionContext, viewer: Viewer): ClientError | null {
    if (credentialEnd !== null) return answerError(credentialEnd, services);
    if (isDraining()) return clientError({}, { code: 'SERVER_DRAINING' }, 'The gateway is shutting down: nothing was done');
    if (operations.size < operationLimit) return admission.refusalOf({ viewer, address });
    const message = `This socket has ${operationLimit} operations under way, and may have no more: nothing was done`;
    return clientError({}, { code: 'RATE_LIMITED', retryAfterSeconds: 1 }, message);
  }

  function callerOf({ context, id, payload }: Asked): Omit<Caller, 'signal' | 'clientSignal'> {
    const { requestId, viewer, address } = context.extra;
    if (viewer === null) throw new Error('An operation of nobody');
    return {
      requestId: requestIdOf(`${requestId}/${id}`, services.newId),
      transport: 'websocket',
      traceparent: traceparentOf(payload) ?? traceparentOf({ extensions: context.connectionParams }),
      viewer,
      ...(asksForCost(payload.extensions) ? { wantsCost: true } : {}),
      idempotencyKey: null,
      accept: null,
      charge: (cost) => admission.refusalOfCost({ viewer, address }, cost),
    };
  }

  async function begin({ payload, call, caller }: Beginning): Promise<Prepared> {
    const { schema, parse, validate, contextFactory, execute, subscribe } = graphql.getEnveloped(caller);
    const document = parsed(parse, requestedDocument(payload, persisted?.(caller.charge) ?? null));
    if (isClientError(document)) return [document];
    // Some clients send an empty name for "the only one".
    const operationName = payload.operationName || null;
    const { operation: kind } = chosenOperation(document, operationName);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    const { variables: variableValues } = payload;
    requireShallow(variableValues ?? {});
    const args = { schema, document, operationName, variableValues, contextValue: await contextFactory() };
    const { signal } = caller;
    runs.set(args, () =>
      call.run(kind, async (onEnd) => {
        if (kind === 'subscription') return openSocketStream({ result: await subscribe(args), signal, onEnd });
        return execute(args);
      }),
    );
    return args;
  }

  async function prepare(context: ProtocolContext, id: string, payload: SubscribePayload): Promise<Prepared> {
    const { extra: connection } = context;
    const closed = (code: CloseCode, message: string): Prepared => {
      connection.close(code, message);
      return [new GraphQLError(message)];
    };
    if (id.length > longestId) return closed(CloseCode.BadRequest, `An id has at most ${longestId} characters`);
    // graphql-ws forgets an id that its client gave up. While an answer under it is on its way, it would end the new one with that.
    if (!connection.takeId(id)) return closed(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    const call = openSocketCall(context, id);
    const { signal, clientSignal } = call;
    const caller: Caller = { ...callerOf({ context, id, payload }), signal, clientSignal };
    try {
      const refused = refusalOf(connection, caller.viewer);
      if (refused !== null) throw refused;
      return await begin({ payload, call, caller });
    } catch (error) {
      const refused = answerError(error, services);
      logRefusedRequest({ services, caller, errors: [refused], refusals });
      // Clients ask again once their socket is closed, but not for what was answered: graphql-ws says nothing of what is not there.
      if (connection.credentialEnd !== null) delete context.subscriptions[id];
      return [refused];
    }
  }

  return {
    onConnect: openSocketAuthentication({ authenticator, admission, refusals, services }),
    onSubscribe: prepare,
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

/** What is wrong with a document is counted and logged where it is looked at (document-check.ts). */
function parsed(parse: (text: unknown) => DocumentNode, text: unknown): DocumentNode | ClientError {
  try {
    return parse(text);
  } catch (error) {
    if (isClientError(error)) return error;
    throw error;
  }
}
