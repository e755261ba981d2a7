import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Authenticator, hasRole } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { type ErrorCode, GatewayError } from '../errors.ts';
import { unexpectedErrorMessage } from './answer-error.ts';
import { isAnswerReadable } from './answer-type.ts';
import { bearerChallenge, openAuthentication } from './authentication.ts';
import { watchCall } from './call-signal.ts';
import type { Caller } from './caller.ts';
import { openCors } from './cors.ts';
import { openGraphiqlPage } from './graphiql-page.ts';
import { idempotencyKeyMessage, parseIdempotencyKey } from './idempotency-key.ts';
import type { GuessLimit } from './limits/index.ts';
import { type MetricsPage, metricsPath, replyMetrics } from './metrics-page.ts';
import type { Readiness } from './readiness.ts';
import { replyEmpty, replyError, replyJson } from './reply.ts';
import { requestIdOf } from './request-id.ts';
import { foreignHostMessage, type HostRule, requestPath } from './request-path.ts';
import { addSecurityHeaders } from './security-headers.ts';

export const graphqlPath = '/graphql';

/** `leaving`: all is served, but a load balancer should look elsewhere. `draining`: only what is under way is finished. */
export type Stage = 'serving' | 'leaving' | 'draining';

export interface DoorOptions {
  readonly services: Services;
  readonly corsOrigins: readonly string[];
  readonly isHostAllowed: HostRule;
  readonly authenticator: Authenticator;
  readonly guesses: GuessLimit;
  /** As it is for what comes on this connection. */
  readonly stage: (socket: Socket) => Stage;
  readonly readiness: () => Promise<Readiness>;
  /** Shown to viewers. Default: null, since it has a port of its own, or there is none. */
  readonly metrics?: MetricsPage | null;
  readonly graphql: (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;
}

/** What each request meets first: its id, the headers of every answer, and the way to whoever answers it. */
export function openDoor(options: DoorOptions): RequestListener {
  const { services, corsOrigins, isHostAllowed, authenticator, guesses, stage, readiness, metrics = null, graphql } = options;
  const { log, newId, observer } = services;
  const addCors = openCors(corsOrigins);
  const authenticate = openAuthentication(authenticator, guesses);
  const showGraphiql = openGraphiqlPage(graphqlPath);

  async function route(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const path = requestPath(request);
    const { method } = request;
    if (path === null) return refuse(response, 400, 'path', 'The address or the Host header is not valid');
    if (!isHostAllowed(request)) return refuse(response, 403, 'host', foreignHostMessage);
    if (method === 'OPTIONS') return replyEmpty(response, 204);
    if (path === graphqlPath) {
      if (wantsPage(request)) return showGraphiql(request, response);
      if (stage(request.socket) === 'draining') return refuseDraining(response, requestId);
      const found = authenticate(request);
      const viewer = found instanceof Promise ? await found : found;
      // Gone while it was not known who it is: nothing would tell the signals.
      if (response.closed) return;
      const { accept = null } = request.headers;
      if (!isAnswerReadable(accept)) return refuse(response, 406, 'accept', `No answer can be given as ${accept}`);
      const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
      if (idempotencyKey === undefined) return refuse(response, 400, 'idempotency-key', idempotencyKeyMessage);
      return graphql(request, response, {
        requestId,
        transport: 'http',
        traceparent: traceparentIn(request.headers),
        viewer,
        ...watchCall({ response, authenticator, viewer }),
        idempotencyKey,
        accept,
      });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return refuse(response, 405, 'method', `${method} is for ${graphqlPath} only`);
    }
    if (path === '/') return replyEmpty(response, 302, { location: graphqlPath });
    if (path === '/health') return replyJson(response, 200, { status: 'up' });
    if (path === '/ready') return replyReadiness(response, await readiness());
    if (path === metricsPath && metrics !== null) return showMetrics(request, response, metrics);
    return refuse(response, 404, 'path', `There is nothing here: GraphQL is at ${graphqlPath}`);
  }

  async function showMetrics(request: IncomingMessage, response: ServerResponse, page: MetricsPage): Promise<void> {
    const viewer = await authenticate(request);
    if (!hasRole(viewer, 'viewer')) {
      throw new GatewayError('FORBIDDEN', `${metricsPath} needs the role viewer`, { details: { role: 'viewer' } });
    }
    await replyMetrics(response, page);
  }

  /** Comes only on a connection that had something under way when the drain began. */
  function refuseDraining(response: ServerResponse, requestId: string): void {
    log.info({ requestId }, 'refused while draining');
    replyError(response, { status: 503, code: 'SERVER_DRAINING', message: 'The gateway is shutting down: nothing was done' });
  }

  /** Who asks may not, or nobody can know now whether he may. */
  function refuseCaller(response: ServerResponse, requestId: string, { code, message, details, cause }: GatewayError): void {
    observer.operations.refused([code]);
    log.info({ requestId, code, ...(cause instanceof Error ? { reason: cause.message } : {}) }, 'caller refused');
    const { status, headers } = refusals[code] ?? { status: 503, headers: {} };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { retryAfterSeconds } = details;
    if (typeof retryAfterSeconds === 'number') response.setHeader('retry-after', retryAfterSeconds);
    replyError(response, { status, code, message, details });
  }

  return (request, response) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers['x-request-id'], newId);
    response.setHeader('x-request-id', requestId);
    addSecurityHeaders(response);
    if (stage(request.socket) !== 'serving') response.setHeader('connection', 'close');
    addCors(request, response);
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      observer.server.answered(response.headersSent ? response.statusCode : null);
      log.debug({ requestId, method: request.method, status: response.statusCode, durationMs }, 'request');
    });
    route(request, response, requestId).catch((error: unknown) => {
      if (error instanceof GatewayError && !response.headersSent) return refuseCaller(response, requestId, error);
      const id = newId();
      log.error({ err: error, errorId: id, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else replyError(response, { status: 500, code: 'INTERNAL_SERVER_ERROR', message: unexpectedErrorMessage, details: { id } });
    });
  };
}

const refusals: {
  readonly [code in ErrorCode]?: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
} = {
  UNAUTHENTICATED: { status: 401, headers: bearerChallenge },
  FORBIDDEN: { status: 403, headers: {} },
  RATE_LIMITED: { status: 429, headers: {} },
};

/** A browser that shows a page, not a program that asks. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Node joins a header that comes twice: then it is none. */
function traceparentIn({ traceparent }: IncomingHttpHeaders): string | null {
  return typeof traceparent === 'string' ? traceparent : null;
}

function replyReadiness(response: ServerResponse, readiness: Readiness): void {
  replyJson(response, readiness.status === 'ready' ? 200 : 503, readiness);
}

function refuse(response: ServerResponse, status: number, field: string, message: string): void {
  replyError(response, { status, code: 'BAD_USER_INPUT', message, details: { field } });
}
