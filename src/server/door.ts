import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Authenticator, hasRole } from '../auth/index.ts';
import type { Services } from '../context.ts';
import { GatewayError } from '../errors.ts';
import { isAnswerReadable } from './answer-type.ts';
import { openAuthentication } from './authentication.ts';
import { statusSent } from './broken-request.ts';
import { watchCall } from './call-signal.ts';
import type { Caller } from './caller.ts';
import { openCors } from './cors.ts';
import { openDoorRefusals, type Visit } from './door-refusal.ts';
import { openGraphiqlPage } from './graphiql-page.ts';
import { healthPath, readyPath, replyHealth, replyReadiness } from './health.ts';
import { idempotencyKeyMessage, parseIdempotencyKey } from './idempotency-key.ts';
import type { GuessLimit, RefusalLog } from './limits/index.ts';
import { type MetricsPage, metricsPath, replyMetrics } from './metrics-page.ts';
import type { Readiness } from './readiness.ts';
import { replyEmpty } from './reply.ts';
import { requestIdOf } from './request-id.ts';
import { foreignHostMessage, type HostRule, invalidAddressMessage, requestPath } from './request-path.ts';
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
  readonly refusals: RefusalLog;
  /** As it is for what comes on this connection. */
  readonly stage: (socket: Socket) => Stage;
  readonly readiness: () => Promise<Readiness>;
  /** Shown to viewers. Default: null, since it has a port of its own, or there is none. */
  readonly metrics?: MetricsPage | null;
  readonly graphql: (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void> | void;
}

/** What each request meets first: its id, the headers of every answer, and the way to whoever answers it. */
export function openDoor(options: DoorOptions): RequestListener {
  const {
    services,
    corsOrigins,
    isHostAllowed,
    authenticator,
    guesses,
    refusals,
    stage,
    readiness,
    metrics = null,
    graphql,
  } = options;
  const { log, newId, observer } = services;
  const { refuse, refuseDraining, refuseCaller, fail } = openDoorRefusals(services, refusals);
  const cors = openCors(corsOrigins);
  const authenticate = openAuthentication(authenticator, guesses);
  const showGraphiql = openGraphiqlPage(graphqlPath);

  async function route(visit: Visit): Promise<void> {
    const { request, response } = visit;
    const { method } = request;
    const path = requestPath(request);
    if (!isMetExpectation(request.headers.expect)) {
      return refuse(visit, { status: 417, field: 'expect', message: 'Only 100-continue can be expected' });
    }
    if (path === null) return refuse(visit, { status: 400, field: 'path', message: invalidAddressMessage });
    if (!isHostAllowed(request)) return refuse(visit, { status: 403, field: 'host', message: foreignHostMessage });
    if (method === 'OPTIONS') return replyEmpty(response, { status: 204 });
    if (path === graphqlPath) return wantsPage(request) ? showGraphiql(request, response) : answerOperation(visit);
    if (method !== 'GET' && method !== 'HEAD') {
      return refuse(visit, { status: 405, field: 'method', message: `${method} is for ${graphqlPath} only`, allow: 'GET, HEAD' });
    }
    if (path === '/') return replyEmpty(response, { status: 302, headers: { location: graphqlPath } });
    if (path === healthPath) return replyHealth(response);
    if (path === readyPath) return replyReadiness(response, await readiness());
    if (path === metricsPath && metrics !== null) return showMetrics(visit, metrics);
    const elsewhere = path === metricsPath ? 'metrics have a port of their own' : `GraphQL is at ${graphqlPath}`;
    return refuse(visit, { status: 404, field: 'path', message: `There is nothing here: ${elsewhere}` });
  }

  async function answerOperation(visit: Visit): Promise<void> {
    const { request, response, requestId } = visit;
    if (stage(request.socket) === 'draining') return refuseDraining(visit);
    const site = cors.foreignSiteOf(request);
    if (site !== null) {
      const message = `A page of another site (${site}) must ask by POST, unless its origin is listed`;
      return refuse(visit, { status: 403, field: 'sec-fetch-site', message });
    }
    const found = authenticate(request);
    const viewer = found instanceof Promise ? await found : found;
    // Gone while it was not known who it is: nothing would tell the signals.
    if (response.closed) return;
    const { accept = null } = request.headers;
    if (!isAnswerReadable(accept)) {
      return refuse(visit, { status: 406, field: 'accept', message: `No answer can be given as ${accept}` });
    }
    const idempotencyKey = parseIdempotencyKey(request.headers['idempotency-key']);
    if (idempotencyKey === undefined) {
      return refuse(visit, { status: 400, field: 'idempotency-key', message: idempotencyKeyMessage });
    }
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

  async function showMetrics({ request, response }: Visit, page: MetricsPage): Promise<void> {
    const viewer = await authenticate(request);
    if (!hasRole(viewer, 'viewer')) {
      throw new GatewayError('FORBIDDEN', `${metricsPath} needs the role viewer`, { details: { role: 'viewer' } });
    }
    await replyMetrics(response, page);
  }

  return (request, response) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers['x-request-id'], newId);
    const visit = { request, response, requestId };
    response.setHeader('x-request-id', requestId);
    addSecurityHeaders(response);
    if (stage(request.socket) !== 'serving') response.setHeader('connection', 'close');
    cors.addHeaders(request, response);
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const status = statusSent(response);
      observer.server.answered(status);
      log.debug({ requestId, method: request.method, status, durationMs }, 'request');
    });
    route(visit).catch((error: unknown) => {
      if (error instanceof GatewayError && !response.headersSent) refuseCaller(visit, error);
      else fail(visit, error);
    });
  };
}

/** A browser that shows a page, not a program that asks. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Node has answered the one that there is. */
function isMetExpectation(expect = '100-continue'): boolean {
  return expect.toLowerCase() === '100-continue';
}

/** Node joins a header that comes twice: then it is none. */
function traceparentIn({ traceparent }: IncomingHttpHeaders): string | null {
  return typeof traceparent === 'string' ? traceparent : null;
}
