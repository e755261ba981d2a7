import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Services } from '../context.ts';
import { unexpectedErrorMessage } from './answer-error.ts';
import type { Caller } from './caller.ts';
import { openCors } from './cors.ts';
import { openGraphiqlPage } from './graphiql-page.ts';
import { idempotencyKeyMessage, parseIdempotencyKey } from './idempotency-key.ts';
import type { Readiness } from './readiness.ts';
import { replyEmpty, replyError, replyJson } from './reply.ts';
import { requestIdOf } from './request-id.ts';
import { foreignHostMessage, isHostLocal, requestPath } from './request-path.ts';

export const graphqlPath = '/graphql';

/** `leaving`: all is served, but a load balancer should look elsewhere. `draining`: only what is under way is finished. */
export type Stage = 'serving' | 'leaving' | 'draining';

export interface DoorOptions {
  readonly services: Services;
  readonly corsOrigins: readonly string[];
  readonly stage: () => Stage;
  readonly readiness: () => Promise<Readiness>;
  readonly graphql: (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;
}

/** What each request meets first: its id, the headers of every answer, and the way to whoever answers it. */
export function openDoor({ services, corsOrigins, stage, readiness, graphql }: DoorOptions): RequestListener {
  const { log, newId } = services;
  const addCors = openCors(corsOrigins);
  const showGraphiql = openGraphiqlPage(graphqlPath);

  async function route(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const path = requestPath(request);
    const { method } = request;
    if (path === null) return refuse(response, 400, 'path', 'The address or the Host header is not valid');
    if (!isHostLocal(request)) return refuse(response, 403, 'host', foreignHostMessage);
    if (method === 'OPTIONS') return replyEmpty(response, 204);
    if (path === graphqlPath) {
      if (wantsPage(request)) return showGraphiql(request, response);
      if (stage() === 'draining') return refuseDraining(response, requestId);
      const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
      if (idempotencyKey === undefined) return refuse(response, 400, 'idempotency-key', idempotencyKeyMessage);
      return graphql(request, response, {
        requestId,
        signal: signalOf(response),
        idempotencyKey,
        accept: request.headers.accept ?? null,
      });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return refuse(response, 405, 'method', `${method} is for ${graphqlPath} only`);
    }
    if (path === '/') return replyEmpty(response, 302, { location: graphqlPath });
    if (path === '/health') return replyJson(response, 200, { status: 'up' });
    if (path === '/ready') return replyReadiness(response, await readiness());
    return refuse(response, 404, 'path', `There is nothing here: GraphQL is at ${graphqlPath}`);
  }

  /** Comes only on a connection that had something under way when the drain began. */
  function refuseDraining(response: ServerResponse, requestId: string): void {
    log.info({ requestId }, 'refused while draining');
    replyError(response, { status: 503, code: 'SERVER_DRAINING', message: 'The gateway is shutting down: nothing was done' });
  }

  return (request, response) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers['x-request-id'], newId);
    response.setHeader('x-request-id', requestId);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    if (stage() !== 'serving') response.setHeader('connection', 'close');
    addCors(request, response);
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      log.debug({ requestId, method: request.method, status: response.statusCode, durationMs }, 'request');
    });
    route(request, response, requestId).catch((error: unknown) => {
      const id = newId();
      log.error({ err: error, errorId: id, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else replyError(response, { status: 500, code: 'INTERNAL_SERVER_ERROR', message: unexpectedErrorMessage, details: { id } });
    });
  };
}

/** A browser that shows a page, not a program that asks. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Aborts when the connection closes before the answer is out. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function replyReadiness(response: ServerResponse, readiness: Readiness): void {
  replyJson(response, readiness.status === 'ready' ? 200 : 503, readiness);
}

function refuse(response: ServerResponse, status: number, field: string, message: string): void {
  replyError(response, { status, code: 'BAD_USER_INPUT', message, details: { field } });
}
