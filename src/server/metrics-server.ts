import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from '../config/index.ts';
import type { Logger } from '../log.ts';
import { trackConnections } from './connections.ts';
import { healthPath, readyPath, replyHealth, replyReadiness } from './health.ts';
import { cutStalledReaders } from './limits/index.ts';
import { listen } from './listen.ts';
import { type MetricsPage, metricsPath, replyMetrics } from './metrics-page.ts';
import type { Readiness } from './readiness.ts';
import { replyJson } from './reply.ts';
import { foreignHostMessage, invalidAddressMessage, openHostRule, requestPath } from './request-path.ts';
import { addSecurityHeaders } from './security-headers.ts';

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names, in small letters, by which it may be called on loopback, besides addresses and localhost. */
  readonly allowedHosts: readonly string[];
  readonly page: MetricsPage;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
}

export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/** For the whole of a request to arrive, and for a connection on which nothing happens: nothing large is sent here. */
const requestTimeoutMs = 10_000;
export const metricsConnectionLimit = 100;

/** Serves metrics, `/health` and `/ready` and nothing else, to whoever reaches it: by an address of its own an operator says who does. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, allowedHosts, page, readiness, log } = options;
  // Beyond loopback a scraper calls it by any name, and whoever reaches it may read it.
  const isHostAllowed = openHostRule({ isOpen: isLoopback(host), allowedHosts });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    function refuse(status: number, error: string): void {
      replyJson(response, { status, body: { error } });
    }
    const { method } = request;
    const path = requestPath(request);
    if (path === null) return refuse(400, invalidAddressMessage);
    if (!isHostAllowed(request)) return refuse(403, foreignHostMessage);
    if (method !== 'GET' && method !== 'HEAD') return refuse(405, `${method} is not for this address`);
    switch (path) {
      case metricsPath:
        return replyMetrics(response, page);
      case healthPath:
        return replyHealth(response);
      case readyPath:
        return replyReadiness(response, await readiness());
      default:
        return refuse(404, `There is nothing here: metrics are at ${metricsPath}`);
    }
  }

  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
  const server = createServer(timeouts, (request, response) => {
    addSecurityHeaders(response);
    route(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'metrics could not be told');
      if (response.headersSent) response.destroy();
      else replyJson(response, { status: 500, body: { error: 'The log says what went wrong' } });
    });
  });
  const { isBusy } = trackConnections(server);
  cutStalledReaders({ server, timeoutMs: requestTimeoutMs, isBusy });
  makeRoom({ server, isBusy });
  const { authority } = await listen(server, { host, port, purpose: 'serve metrics' });
  return {
    url: `http://${authority}${metricsPath}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface RoomOptions {
  readonly server: Server;
  readonly isBusy: (socket: Socket) => boolean;
}

/** Where as many connections as may be are open, the oldest one that waits for no answer gives way: idle ones lock no scraper out. */
function makeRoom({ server, isBusy }: RoomOptions): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size <= metricsConnectionLimit) return;
    const leaving = [...open].find((one) => !isBusy(one)) ?? socket;
    open.delete(leaving);
    leaving.destroy();
  });
}
