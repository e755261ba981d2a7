import { chmod, open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { open as openLmdb, type RootDatabase } from 'lmdb';
import { GatewayError, messageOf } from '../../errors.ts';
import type { KeyValue, Lease, Revision } from '../store.ts';
import {
  decodeEntry,
  decodeHead,
  decodeLease,
  diskFormat,
  encodeHead,
  formatKey,
  type Head,
  headKey,
  kindOf,
} from './disk-record.ts';

export type Database = RootDatabase<Buffer, Buffer>;

/** What a file holds: the state at its newest revision. */
export interface Loaded {
  readonly revision: Revision;
  readonly entries: readonly KeyValue[];
  readonly leases: readonly Lease[];
}

/** As etcd's: an empty store is at revision 1. */
const firstHead: Head = { revision: 1, writes: 0 };

/** Opens a file of this or an older format, or makes a new one. Whoever calls it holds the folder's lock: LMDB has none. */
export async function openDatabase(path: string): Promise<Database> {
  await checkIsLmdb(path);
  const database = openFileOfLmdb(path);
  try {
    if (database.getKeysCount({ limit: 1 }) === 0) await prepare(path, database);
    checkFormat(path, database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

export function readHead(database: Database): Head {
  const bytes = database.get(headKey);
  if (bytes === undefined) throw new Error('The file has no head record');
  return decodeHead(bytes);
}

export function load(database: Database): Loaded {
  const entries: KeyValue[] = [];
  const leases: Lease[] = [];
  for (const { key, value } of database.getRange({})) {
    switch (kindOf(key)) {
      case 'entry':
        entries.push(decodeEntry(value));
        break;
      case 'lease':
        leases.push(decodeLease(key, value));
        break;
      case 'meta':
        break;
    }
  }
  return { revision: readHead(database).revision, entries, leases };
}

/** What LMDB's files begin with, in the byte order of the machine, behind the header of the first page. */
const magic = Buffer.from(new Uint32Array([0xbeefc0de]).buffer);
const magicOffset = 24;

/** lmdb ends the process with a segmentation fault when it opens a file that is something else. */
async function checkIsLmdb(path: string): Promise<void> {
  const file = await openFile(path).catch(() => null);
  if (file === null) return;
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(magic.length), position: magicOffset });
    const isNew = bytesRead === 0 && (await file.stat()).size === 0;
    if (!isNew && !buffer.equals(magic)) {
      throw new GatewayError('STORE_UNAVAILABLE', `${path} is not a file of the embedded store. Nothing was changed.`);
    }
  } finally {
    await file.close();
  }
}

function openFileOfLmdb(path: string): Database {
  try {
    return openLmdb<Buffer, Buffer>({
      path,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      // See LmdbJournal: a commit that has resolved is on the disk.
      overlappingSync: false,
      // With it, lmdb makes a promise for each tick that nobody can hold: when a commit fails, its rejection ends the process.
      eventTurnBatching: false,
    });
  } catch (error) {
    throw new GatewayError('STORE_UNAVAILABLE', `${path} can't be opened: ${messageOf(error)}`, { cause: error });
  }
}

async function prepare(path: string, database: Database): Promise<void> {
  await Promise.all([chmod(path, 0o600), chmod(`${path}-lock`, 0o600)]);
  await database.batch(() => {
    void database.put(formatKey, Buffer.from(String(diskFormat)));
    void database.put(headKey, encodeHead(firstHead));
  });
  await syncFolder(dirname(path));
}

/** Only then do the names of what was made in a folder survive a power cut too. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path);
  await folder.sync().finally(() => folder.close());
}

function checkFormat(path: string, database: Database): void {
  const format = database.get(formatKey)?.toString();
  if (format === String(diskFormat)) return;
  const found = format === undefined ? 'holds something else' : `has format ${format}, from a newer version of the gateway`;
  throw new GatewayError('STORE_UNAVAILABLE', `${path} ${found}; this version reads format ${diskFormat}. Nothing was changed.`);
}
