import { once } from 'node:events';
import type { Server } from 'node:net';
import { messageOf } from '../errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What can't be done where it can't listen. */
  readonly purpose: 'listen' | 'serve metrics';
}

export interface Listening {
  readonly port: number;
  /** As it stands in an URL, such as `127.0.0.1:4000`. */
  readonly authority: string;
}

/** Rejects with a message for the operator where it can't: the port is taken, the host is not this machine's. */
export async function listen(server: Server, { host, port, purpose }: ListenOptions): Promise<Listening> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`Can't ${purpose} on ${host}:${port}: ${messageOf(error)}`, { cause: error });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`Listening on ${host}:${port}, but at no port`);
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { port: address.port, authority: `${shownHost}:${address.port}` };
}
