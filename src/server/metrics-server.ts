import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type MetricsPage, metricsPath, replyMetrics } from './metrics-page.ts';
import type { Readiness } from './readiness.ts';
import { replyJson } from './reply.ts';
import { addSecurityHeaders } from './security-headers.ts';

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly page: MetricsPage;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
}

export interface MetricsServer {
  /** Such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/** For the whole of a request to arrive: nothing large is sent here. */
const requestTimeoutMs = 10_000;
const connectionLimit = 100;

/** Serves metrics, `/health` and `/ready` and nothing else, to whoever reaches it: by an address of its own an operator says who does. */
export async function startMetricsServer({ host, port, page, readiness, log }: MetricsServerOptions): Promise<MetricsServer> {
  async function route({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') return replyJson(response, 405, { error: `${method} is not for this address` });
    switch (url.split('?', 1)[0]) {
      case metricsPath:
        return replyMetrics(response, page);
      case '/health':
        return replyJson(response, 200, { status: 'up' });
      case '/ready': {
        const ready = await readiness();
        return replyJson(response, ready.status === 'ready' ? 200 : 503, ready);
      }
      default:
        return replyJson(response, 404, { error: `There is nothing here: metrics are at ${metricsPath}` });
    }
  }

  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, (request, response) => {
    addSecurityHeaders(response);
    route(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'metrics could not be told');
      if (response.headersSent) response.destroy();
      else replyJson(response, 500, { error: 'The log says what went wrong' });
    });
  });
  server.maxConnections = connectionLimit;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`Can't serve metrics on ${host}:${port}: ${messageOf(error)}`, { cause: error });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`Listening on ${host}:${port}, but at no port`);
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}${metricsPath}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
