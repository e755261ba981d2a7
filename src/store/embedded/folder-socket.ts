import { connect } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { GatewayError } from '../../errors.ts';

/** What the operating system takes as the path of a Unix socket; a longer one would be cut short in silence. */
const longestPathBytes = process.platform === 'linux' ? 107 : 103;

/** The socket through which the process that has a folder open serves it to others on the machine. */
export function socketPath(dataDir: string): string {
  const absolute = resolve(dataDir, 'gateway.sock');
  const shortest = [absolute, relative(process.cwd(), absolute)].find((path) => Buffer.byteLength(path) <= longestPathBytes);
  if (shortest !== undefined) return shortest;
  throw new GatewayError(
    'BAD_USER_INPUT',
    `${absolute} is ${Buffer.byteLength(absolute)} bytes long, and the path of a Unix socket at most ${longestPathBytes}: ` +
      'choose a folder with a shorter path, or start in a folder near it',
    { details: { field: 'data-dir' } },
  );
}

/** Whether a living process answers at a folder's socket. It also sees one in another network namespace, such as a container. */
export function isServed(dataDir: string): Promise<boolean> {
  const path = socketPath(dataDir);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // EAGAIN: it lives, but so many connect to it that its queue is full.
      if (error.code === 'EAGAIN') resolve(true);
      else if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      else reject(new GatewayError('STORE_UNAVAILABLE', `${join(dataDir, 'gateway.sock')}: ${error.message}`, { cause: error }));
    });
  });
}
