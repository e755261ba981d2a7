import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { type ClientOptions, WebSocket } from 'ws';
import type { Answer } from './gateway.ts';

export interface SocketClient {
  readonly client: Client;
  /** Sends an operation and returns the whole answer; errors that came instead of one are its errors. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>, operationName?: string): Promise<Answer>;
  /** How the socket was closed. */
  readonly closed: Promise<Farewell>;
  /** Cuts the connection, without a word to the other side. */
  cut(): void;
}

export interface Farewell {
  readonly code: number;
  readonly reason: string;
}

export interface SocketClientOptions extends ClientOptions {
  /** The payload of `connection_init`. */
  readonly connectionParams?: Record<string, unknown>;
}

/** The client of graphql-ws on one socket, which is open when this resolves and is not opened again. */
export async function openSocketClient(
  url: string,
  { connectionParams = {}, ...options }: SocketClientOptions = {},
): Promise<SocketClient> {
  let socket: WebSocket | undefined;
  // Node 20 has no WebSocket of its own; and one of `ws` can be given an origin.
  class Socket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, options);
      socket = this;
    }
  }
  const { promise: closed, settle } = farewell();
  const client = createClient({
    url: socketUrl(url),
    webSocketImpl: Socket,
    connectionParams,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => undefined,
    on: { closed: (event) => settle(event) },
  });
  await new Promise<void>((resolve, reject) => {
    client.on('connected', () => resolve());
    client.on('error', reject);
    client.on('closed', reject);
  });

  return {
    client,
    closed,
    cut: () => socket?.terminate(),
    ask(query, variables, operationName) {
      const payload = { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) };
      return new Promise((resolve, reject) => {
        let answer: Answer | undefined;
        client.subscribe<Answer>(payload, {
          next(result) {
            // The answer as it came over the wire, whatever the client takes it for.
            answer = JSON.parse(JSON.stringify(result));
          },
          error: (error) => (Array.isArray(error) ? resolve({ errors: error }) : reject(error)),
          complete: () => (answer === undefined ? reject(new Error('Complete, without an answer')) : resolve(answer)),
        });
      });
    },
  };
}

export interface RawSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message that comes, in the order in which they come. */
  receive(): Promise<unknown>;
  readonly closed: Promise<Farewell>;
}

export interface RawSocketOptions extends ClientOptions {
  readonly protocols?: readonly string[];
}

/** A WebSocket that speaks the protocol only as far as a test makes it. */
export async function openRawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { protocols = ['graphql-transport-ws'], ...clientOptions } = options;
  const socket = new WebSocket(socketUrl(url), [...protocols], clientOptions);
  const messages: unknown[] = [];
  socket.on('message', (message) => {
    messages.push(JSON.parse(message.toString()));
    socket.emit('queued');
  });
  const { promise: closed, settle } = farewell();
  socket.once('close', (code, reason) => settle({ code, reason: reason.toString() }));
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    socket,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async receive() {
      if (messages.length === 0) await once(socket, 'queued');
      return messages.shift();
    },
    closed,
  };
}

function socketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}

function farewell(): { readonly promise: Promise<Farewell>; settle(event: unknown): void } {
  let settled: (farewell: Farewell) => void = () => undefined;
  const promise = new Promise<Farewell>((resolve) => {
    settled = resolve;
  });
  return {
    promise,
    settle(event) {
      const { code, reason } = Object(event);
      settled({ code: Number(code), reason: String(reason) });
    },
  };
}
