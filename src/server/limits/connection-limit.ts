import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../log.ts';
import { addressKey } from './origin.ts';
import { RefusalLog } from './refusal-log.ts';

/** Of all connections, what one address may have: the rest is for others, who would be locked out. Behind a proxy all clients have one address. */
const shareOfAddress = 0.75;

export interface ConnectionLimitOptions {
  readonly server: Server;
  readonly limit: number;
  readonly log: Logger;
}

/** Closes each connection that comes while so many are open, in all or of its address, before anything of it is answered. */
export function limitConnections(options: ConnectionLimitOptions): void {
  const { server, limit } = options;
  const tellFull = openConnectionLog(options, 'connections refused: as many as may be are open');
  server.maxConnections = limit;
  server.on('drop', () => tellFull({ limit }));

  const addressLimit = Math.ceil(limit * shareOfAddress);
  const tellGreedy = openConnectionLog(options, 'connections refused: their address has as many as one may have');
  const counts = new Map<string, number>();
  const counted = new WeakSet<Socket>();
  server.on('connection', (socket: Socket) => {
    // Told again of one whose offer of another protocol is not taken.
    if (counted.has(socket)) return;
    const { remoteAddress: address } = socket;
    const key = addressKey(address);
    const count = counts.get(key) ?? 0;
    if (count >= addressLimit) {
      socket.destroy();
      tellGreedy({ limit: addressLimit, address });
      return;
    }
    counted.add(socket);
    counts.set(key, count + 1);
    socket.once('close', () => {
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    });
  });
}

/** Tells of the first one in a minute at once, and of how many came after it when that is over. */
function openConnectionLog({ server, log }: ConnectionLimitOptions, message: string): (fields: object) => void {
  const refusals = new RefusalLog({ log, level: 'warn', oneByOne: 1, summary: message });
  server.once('close', () => refusals.sumUp());
  return (fields) => refusals.tell({ message, fields: { ...fields, refused: 1 } });
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
