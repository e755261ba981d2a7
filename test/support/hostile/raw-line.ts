import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Ending = 'WAIT' | 'END' | 'DESTROY';

export interface RawLine {
  readonly port: number;
  readonly pieces: readonly Buffer[];
  /** `WAIT` is for the other side to close, `END` says that no more is sent, `DESTROY` goes away at once. */
  readonly ending: Ending;
  /** Called with each piece that comes; true ends the connection. */
  readonly isEnough?: (piece: Buffer) => boolean;
}

let lineCount = 0;

/** Each line comes from another address: many wrong credentials of one are not all looked at. */
function nextAddress(): string {
  lineCount += 1;
  return `127.1.${(lineCount >> 8) % 256}.${lineCount % 256}`;
}

/** Writes pieces to a socket, each in a turn of its own, and returns all that came until the socket was closed. */
export function talk({ port, pieces, ending, isEnough }: RawLine): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, localAddress: nextAddress() });
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (isEnough?.(chunk) === true) socket.end();
    });
    // A reset is a close like any other.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(Buffer.concat(received)));
    socket.once('connect', async () => {
      for (const piece of pieces) {
        if (socket.writable) socket.write(piece);
        await nextTurn();
      }
      if (ending === 'DESTROY') socket.destroy();
      else if (ending === 'END') socket.end();
    });
  });
}

/** The same bytes in so many pieces, near enough. */
export function inPieces(bytes: Buffer, count: number): readonly Buffer[] {
  const length = Math.max(1, Math.ceil(bytes.length / count));
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}
