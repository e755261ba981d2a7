import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Intervals without a byte from the client. */
const longestSilence = 3;

/**
 * Pings, so that no proxy takes the socket for idle, and ends it when nothing comes back: a machine that lost its power says no
 * farewell. Any byte counts as a sign of life; how long a message may take is for watchArrival.
 */
export function keepAlive(websocket: WebSocket, socket: Socket, pingIntervalMs: number): void {
  let bytesRead = 0;
  let silence = 0;
  const timer = setInterval(() => {
    silence = socket.bytesRead === bytesRead ? silence + 1 : 0;
    bytesRead = socket.bytesRead;
    if (silence >= longestSilence) websocket.terminate();
    else if (websocket.readyState === websocket.OPEN) websocket.ping();
  }, pingIntervalMs);
  websocket.once('close', () => clearInterval(timer));
}
