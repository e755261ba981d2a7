import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from './simulated-answer.ts';
import type { AgentRequest } from './simulated-route.ts';

export interface ListenerOptions {
  readonly host: string;
  /** Answers a request; null: its connection is cut instead. */
  readonly answer: (request: AgentRequest) => Promise<Answer | null>;
}

/** The door of an agent: it can be closed, and opened again on the same port. */
export class SimulatedListener {
  readonly #options: ListenerOptions;
  #port: number;
  #server: Server | null = null;
  /** Opening and closing happen one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ListenerOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  get port(): number {
    return this.#port;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  /** Fails as `listen` does where the address can't be had. */
  open(): Promise<void> {
    return this.#inTurn(() => this.#open());
  }

  /** Cuts all connections. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((request, response) => {
      // Whatever goes wrong between a client and a simulated agent is the client's to notice.
      this.#serve(request, response).catch(() => response.destroy());
    });
    // As Go's server does it: a connection that nobody uses stays open.
    server.keepAliveTimeout = 0;
    server.listen(this.#port, this.#options.host);
    await once(server, 'listening');
    this.#server = server;
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '/' } = request;
    const answer = await this.#options.answer({ method, path, body: await text(request) });
    if (answer === null) {
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { ...answer.headers, 'Content-Length': Buffer.byteLength(answer.body) });
    response.end(answer.body);
  }
}
