import { constants } from 'node:fs';
import { open as openFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { isServed } from './folder-socket.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/** Another process, or this one, has the folder open. */
export class FolderInUseError extends GatewayError {
  constructor(dataDir: string, options?: { readonly cause: unknown }) {
    const message = `The folder ${resolve(dataDir)} is in use by another process: stop that gateway, or choose another folder`;
    super('STORE_UNAVAILABLE', message, options);
  }
}

/**
 * Makes this process the only one that has a folder open, until `release()` or until it dies: the operating system frees the lock
 * at once, also after kill -9, so there are no stale locks to wait for or to clean up.
 *
 * A name can be bound by one process at a time, which makes binding it the arbiter. On Linux that is an abstract socket: it exists
 * in no file system and vanishes with its owner. Abstract names are per network namespace, so two containers could both bind it for
 * a folder that they share: hence the second look, at the folder's own socket, which listens until the file is closed. (Two that
 * start in the same few milliseconds in different network namespaces are not kept apart.) Elsewhere it is a file opened with
 * O_EXLOCK, as macOS and the BSDs have it.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const lock = process.platform === 'linux' ? await bindAbstractName(dataDir) : await lockFile(dataDir);
  try {
    if (await isServed(dataDir)) throw new FolderInUseError(dataDir);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

/** The whole of an address. Node 20 fills a shorter name up with zeros, Node 24 does not: to the kernel these are two names. */
const abstractNameBytes = 108;

async function bindAbstractName(dataDir: string): Promise<FolderLock> {
  // The inode, not the path: a folder can be reached under several names.
  const { dev, ino } = await stat(dataDir, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new FolderInUseError(dataDir, { cause: error }) : error);
    });
    server.listen(`\0lochness-gateway/${dev}:${ino}/`.padEnd(abstractNameBytes, '-'), resolve);
  });
  server.unref();
  return { release: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))) };
}

/** open(2) on macOS and the BSDs: take an exclusive lock along with the file. Node has no name for it. */
const O_EXLOCK = 0x20;

async function lockFile(dataDir: string): Promise<FolderLock> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
  try {
    const file = await openFile(join(dataDir, 'gateway.lock'), flags, 0o600);
    return { release: () => file.close() };
  } catch (error) {
    const isLocked = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
    throw isLocked ? new FolderInUseError(dataDir, { cause: error }) : error;
  }
}
