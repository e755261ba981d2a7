import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError, messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { HistoryLimits } from '../keyspace.ts';
import type { MemoryHolder } from '../memory.ts';
import type { Store } from '../store.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { FolderInUseError, lockFolder } from './folder-lock.ts';
import { memoryJournal } from './journal.ts';
import { load, openDatabase, syncFolder } from './lmdb-file.ts';
import { LmdbJournal } from './lmdb-journal.ts';
import { connectToFolder } from './socket-client.ts';
import { type SocketServer, serveFolder } from './socket-server.ts';

export interface EmbeddedOptions {
  readonly log: Logger;
  readonly history?: HistoryLimits;
}

/**
 * A store that is gone at exit. Its revisions begin at the time in milliseconds (`now`), so that a cursor of an earlier one never
 * fits by chance.
 */
export function openMemoryStore({ now = Date.now, ...options }: EmbeddedOptions & { readonly now?: () => number }): MemoryHolder {
  return new EmbeddedStore({ ...options, revision: now(), journal: memoryJournal });
}

/**
 * Opens, or makes, a store in a folder, for this process alone: fails with a FolderInUseError when another has it open. Others reach
 * it through the folder's socket for as long as it is open.
 */
export async function openFolderStore(dataDir: string, options: EmbeddedOptions): Promise<MemoryHolder> {
  await makeFolder(dataDir).catch((cause: unknown) => {
    throw new GatewayError('STORE_UNAVAILABLE', `The data folder ${dataDir} can't be used: ${messageOf(cause)}`, { cause });
  });
  const lock = await lockFolder(dataDir);
  let undo = () => lock.release();
  let server: SocketServer | null = null;
  try {
    const database = await openDatabase(join(dataDir, 'store.mdb'));
    const release = async () => {
      await server?.close();
      await lock.release();
    };
    const journal = new LmdbJournal(database, { release });
    undo = () => journal.close();
    const store = new EmbeddedStore({ ...options, ...load(database), journal });
    undo = () => store.close();
    const opened = await serveFolder(dataDir, store, options.log);
    server = opened;
    store.closeFirst(() => opened.drain());
    return store;
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Each folder that is made on the way is a name in its parent, which must survive a power cut as the file in the last one does. */
async function makeFolder(dataDir: string): Promise<void> {
  const first = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  let parent = resolve(dataDir);
  do {
    parent = dirname(parent);
    await syncFolder(parent).catch(unlessUnreadable);
  } while (parent.length >= resolve(first).length);
}

/** Somebody else's folder may be one to write into, and not to open. */
function unlessUnreadable(error: unknown): void {
  const isUnreadable = error instanceof Error && 'code' in error && error.code === 'EACCES';
  if (!isUnreadable) throw error;
}

/** How often, and how far apart, a folder is tried that is neither free nor served: its owner is just opening or closing it. */
const attempts = 50;
const attemptDelayMs = 100;

/** The store of a folder, for a command: through the process that has it open, else opened by this one. */
export async function openFolder(dataDir: string, options: EmbeddedOptions & { readonly signal?: AbortSignal }): Promise<Store> {
  const { signal, ...open } = options;
  for (let attempt = 1; ; attempt++) {
    const served = await connectToFolder(dataDir, signal);
    if (served !== null) return served;
    try {
      return await openFolderStore(dataDir, open);
    } catch (error) {
      if (!(error instanceof FolderInUseError) || attempt === attempts) throw error;
    }
    await delay(attemptDelayMs, undefined, signal === undefined ? {} : { signal });
  }
}
