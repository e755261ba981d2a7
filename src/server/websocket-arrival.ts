import type { Socket } from 'node:net';
import type { ServerOptions, WebSocket } from 'ws';
import type { HeldBytes } from './limits/index.ts';
import { IncomingFrames } from './websocket-frame.ts';

/** Clients and proxies that send a message in fragments do so at 4 KiB and more, browsers hardly ever. */
const shortestFragmentBytes = 1024;
/** Packets are longer than this on any network, but for the last one of what is sent. */
const shortestReadBytes = 512;
/** Besides: for short messages, which may come in any way. */
const spareFragments = 64;
const spareReads = 1024;

/**
 * In how many pieces a message of this length may come. `ws` keeps each in a Buffer, a byte of the message in some hundred bytes of memory if
 * need be; at one more it closes with 1008.
 */
export function pieceLimits(messageLimitBytes: number): Required<Pick<ServerOptions, 'maxFragments' | 'maxBufferedChunks'>> {
  return {
    maxFragments: spareFragments + Math.ceil(messageLimitBytes / shortestFragmentBytes),
    maxBufferedChunks: spareReads + Math.ceil(messageLimitBytes / shortestReadBytes),
  };
}

export interface ArrivalOptions {
  readonly websocket: WebSocket;
  readonly socket: Socket;
  readonly held: HeldBytes;
  /** From the first byte of a message to its last. */
  readonly timeoutMs: number;
  readonly onLate: () => void;
}

/**
 * Has half a message counted for what it takes, and tells when the whole does not come in time: no ping between its fragments makes that
 * longer. Otherwise clients that send a byte now and then could have what they sent lie here for ever.
 */
export function watchArrival({ websocket, socket, held, timeoutMs, onLate }: ArrivalOptions): void {
  const frames = new IncomingFrames();
  let timer: NodeJS.Timeout | undefined;
  let timed = 0;
  let hasFailed = false;

  socket.on('data', (chunk: Buffer) => {
    if (hasFailed) return;
    frames.read(chunk);
    held.readBefore = socket.bytesRead - frames.heldBytes;
    held.pieces = frames.pieces;
    if (frames.isOpen && frames.begun === timed) return;
    clearTimeout(timer);
    if (!frames.isOpen) return;
    timed = frames.begun;
    timer = setTimeout(onLate, timeoutMs);
  });
  websocket.once('close', () => clearTimeout(timer));
  // What comes behind it is dropped, as may be most of what was counted; the socket is closed, or cut soon.
  websocket.once('error', () => {
    hasFailed = true;
    held.pieces = 0;
  });
}
