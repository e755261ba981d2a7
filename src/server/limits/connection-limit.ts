import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../log.ts';

/** Between two lines in the log about connections that were refused. */
const tellEveryMs = 60_000;

export interface ConnectionLimitOptions {
  readonly server: Server;
  readonly limit: number;
  readonly log: Logger;
  readonly nowMs: () => number;
}

/** Closes each connection that comes while so many are open, before anything of it is read. */
export function limitConnections({ server, limit, log, nowMs }: ConnectionLimitOptions): void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let refused = 0;
  server.maxConnections = limit;
  server.on('drop', () => {
    refused++;
    if (nowMs() - toldAtMs < tellEveryMs) return;
    log.warn({ limit, refused }, 'connections refused: as many as may be are open');
    toldAtMs = nowMs();
    refused = 0;
  });
}

export interface StalledReaderOptions {
  readonly server: Server;
  readonly timeoutMs: number;
  /** Whether an answer to it is under way. */
  readonly isBusy: (socket: Socket) => boolean;
}

/**
 * Cuts a connection whose client takes nothing of an answer for so long. One whose answer is still being made, or that waits for
 * events, has nothing to take.
 */
export function cutStalledReaders({ server, timeoutMs, isBusy }: StalledReaderOptions): void {
  server.timeout = timeoutMs;
  server.on('timeout', (socket) => {
    if (socket.writableLength > 0 || !isBusy(socket)) socket.destroy();
  });
}
