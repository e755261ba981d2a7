import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { tlsAuthorities } from '../support/tls-fixture.ts';

export interface TlsConnection {
  readonly socket: TLSSocket;
  /** What the server's certificate is called. */
  readonly name: string;
  /** Sends a text, and answers what comes until a pattern is found in it. */
  until(pattern: RegExp, request?: string): Promise<string>;
  /** All that came, once the connection is closed. */
  readonly closed: Promise<string>;
}

/** A connection behind TLS, by which a test sends what it likes. Fails where the handshake does. */
export async function openTlsConnection(port: number, options: ConnectionOptions = {}): Promise<TlsConnection> {
  const socket = connect({ port, host: '127.0.0.1', ca: tlsAuthorities, ...options });
  let text = '';
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    socket.emit('text');
  });
  return {
    socket,
    name: String(socket.getPeerCertificate().subject.CN),
    async until(pattern, request = '') {
      text = '';
      if (request !== '') socket.write(request);
      while (!pattern.test(text)) await once(socket, 'text');
      return text;
    },
    closed,
  };
}

/** Who a new connection meets. */
export async function certificateName(port: number): Promise<string> {
  const { socket, name } = await openTlsConnection(port);
  socket.destroy();
  return name;
}
