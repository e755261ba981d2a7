import { connect, type Socket } from 'node:net';

/** Asks for a WebSocket. */
export const websocketOffer = [
  'GET /graphql HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
  '\r\n',
].join('\r\n');

/** Text to a server as it is, and all that comes back until the connection is closed. `andEnd` says that no more will be sent. */
export async function exchange(port: number, request: string, { andEnd = false } = {}): Promise<string> {
  const { socket, closed } = await openConnection(port);
  if (andEnd) socket.end(request);
  else socket.write(request);
  return closed;
}

export interface RawConnection {
  readonly socket: Socket;
  /** All that came, once the connection is closed. A reset is a close like any other. */
  readonly closed: Promise<string>;
}

/** `from` is another loopback address of this machine, as if another one came. */
export async function openConnection(port: number, { from = '127.0.0.1' } = {}): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(Buffer.concat(chunks).toString())));
  return { socket, closed };
}
