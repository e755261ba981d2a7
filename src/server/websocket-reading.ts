import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';

/**
 * Reads nothing behind a frame that is wrong. `ws` (8.23) goes on with what was buffered behind it, fails there because it has forgotten the
 * frame, and its failure would end the process. Any client can send such frames, before it shows who it is.
 */
export function stopReadingAtFailure(websocket: WebSocket): void {
  // There is no public way to what reads the frames.
  const { _receiver: receiver } = websocket as unknown as { readonly _receiver: Writable };
  const write = receiver._write.bind(receiver);
  receiver._write = (chunk, encoding, callback) => {
    if (receiver.errored) callback();
    else write(chunk, encoding, callback);
  };
}
