import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AgentAddress } from '../../src/agent/index.ts';
import { portOf } from './free-port.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Null: none was sent. */
  readonly body: string | null;
  readonly contentType: string | null;
}

/** Ends the response, now or later or never. */
export type Script = (response: ServerResponse, request: SeenRequest) => unknown;

/** An HTTP server that answers as a test says. */
export interface ScriptedAgent {
  readonly address: AgentAddress;
  readonly port: number;
  /** In the order in which they came, whole. */
  readonly requests: readonly SeenRequest[];
  /** Connections that are open. */
  readonly connections: number;
  /** The most that were open at once. */
  readonly mostConnections: number;
  /** What comes from now on is answered so. */
  answer(script: Script): void;
  /** Resolves when so many requests have come, all in all. */
  seen(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface ScriptedAgentOptions {
  readonly hypervisorId?: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

const anyHypervisor = 'dddddddd-0000-4000-8000-000000000001';

export async function startScriptedAgent(script: Script, options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
  const { hypervisorId = anyHypervisor, host = '127.0.0.1' } = options;
  let current = script;
  let mostConnections = 0;
  const sockets = new Set<Socket>();
  const requests: SeenRequest[] = [];
  const server = createServer((message, response) => void serve(message, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    mostConnections = Math.max(mostConnections, sockets.size);
    socket.on('close', () => sockets.delete(socket));
  });

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) chunks.push(chunk);
    } catch {
      // The client cut it: there was no request.
      return;
    }
    const body = chunks.length === 0 ? null : Buffer.concat(chunks).toString('utf8');
    const contentType = message.headers['content-type'] ?? null;
    const request = { method: message.method ?? '', path: message.url ?? '', body, contentType };
    requests.push(request);
    server.emit('seen');
    current(response, request);
  }

  server.listen(0, host);
  await once(server, 'listening');
  const port = portOf(server);
  return {
    address: { hypervisorId, origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}` },
    port,
    requests,
    get connections() {
      return sockets.size;
    },
    get mostConnections() {
      return mostConnections;
    },
    answer(next) {
      current = next;
    },
    async seen(count) {
      while (requests.length < count) await once(server, 'seen');
    },
    async close() {
      server.closeAllConnections();
      // A port can be closed twice: a test may do it before its end.
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers JSON. */
export function json(value: unknown, status = 200): Script {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function text(body: string, status = 200): Script {
  return (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}

/** Answers nothing, ever. */
export const silence: Script = () => undefined;
