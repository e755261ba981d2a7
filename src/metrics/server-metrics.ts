import { Counter, Gauge, type Registry } from 'prom-client';
import type { ServerObserver } from '../observer.ts';

export function openServerMetrics(registry: Registry): ServerObserver {
  const registers = [registry];
  const requests = new Counter({
    name: 'lochness_gateway_http_requests_total',
    help: 'HTTP requests that were answered, on the port of GraphQL. `status`: of the answer; 429 was refused for its rate; none where the connection ended before.',
    labelNames: ['status'],
    registers,
  });
  const sockets = new Gauge({
    name: 'lochness_gateway_websockets_open',
    help: 'WebSockets that are open.',
    registers,
  });
  return {
    answered: (status) => requests.inc({ status: status === null ? 'none' : String(status) }),
    socketOpened: () => sockets.inc(),
    socketClosed: () => sockets.dec(),
  };
}
