import { hasErrorCode } from '../errors.ts';
import { BrokenRecordError, brokenRecord, decodeNode } from './decode-node.ts';
import { type Directory, directoriesOf, directoryFrom } from './directory.ts';
import type { Entity } from './entities/entity.ts';
import type { EntityOf } from './entities/index.ts';
import { folderRange, type NodeKind, recordName, subkeys } from './keys.ts';
import type { KindLoaderOptions, Listing } from './kind-loader.ts';
import { type Key, keyRange, prefixRange } from './range.ts';
import type { KeyValue } from './store.ts';
import { otherSpellingPrefixes } from './values/uuid.ts';

/** A KindLoader whose every answer has to be waited for. */
export interface ReadingLoader<K extends NodeKind> {
  get(name: string): Promise<EntityOf[K] | null>;
  locate(name: string): Promise<Directory | null>;
  getAsSpelled(name: string): Promise<EntityOf[K] | null>;
  follow(name: string): Promise<EntityOf[K] | null>;
  list(): Promise<Listing<EntityOf[K]>>;
  /** What lies at a path that is known (see Directory.path). */
  readDirectory(name: string, path: Key): Promise<Directory>;
}

interface ReadListing<T> extends Listing<T> {
  readonly byName: ReadonlyMap<string, T>;
}

/** Decoding a long list gives way to others at least this often. */
const decodeSliceMs = 10;
/** Looking at the clock costs as much as decoding a record. */
const decodesPerClockLook = 64;

/** Each miss costs a range for every letter of the id; a look through the folder costs all its keys. */
export const missesLookedUpSingly = 64;
const uuidLength = 36;
const upperCase = /[A-F]/;

/** Reads the keys that it takes, each once, and decodes each node once. */
export function openReadingLoader<K extends NodeKind>({ kind, snapshot, keys, broken }: KindLoaderOptions<K>): ReadingLoader<K> {
  type T = EntityOf[K];
  const folder = folderRange(keys, kind);
  const nodes = new Map<string, Promise<T | null>>();
  const followed = new Map<string, Promise<T | null>>();
  let listing: Promise<ReadListing<T>> | null = null;
  let misses = 0;
  let spellings: Promise<ReadonlyMap<string, string>> | null = null;

  async function find(name: string): Promise<T | null> {
    if (listing !== null) {
      const node = (await listing).byName.get(name);
      if (node !== undefined) return node;
    }
    const directory = await findDirectory(name);
    return directory === null ? null : decodeDirectory(directory);
  }

  async function findDirectory(name: string): Promise<Directory | null> {
    const directory = await readDirectory(name, pathOf(name));
    if (directory.record !== undefined) return directory;
    if (kind === 'VLAN' || kind === 'CONFIG') return null;
    const spelling = await findSpelling(name);
    return spelling === null ? null : readDirectory(name, pathOf(spelling));
  }

  /**
   * Another tool may have stored the id in upper case. Only after a miss is that worth a look: by a few small ranges for one id, and
   * once through the whole folder when very many are missed, as when jobs outlive their guests.
   */
  async function findSpelling(name: string): Promise<string | null> {
    if (++misses > missesLookedUpSingly) {
      spellings ??= readSpellings();
      return (await spellings).get(name) ?? null;
    }
    const prefixes = otherSpellingPrefixes(name);
    const found = await Promise.all(prefixes.map((prefix) => snapshot.list(prefixRange(keys.folder(kind) + prefix))));
    return otherSpellings(found.flat()).get(name) ?? null;
  }

  async function readSpellings(): Promise<ReadonlyMap<string, string>> {
    return otherSpellings(await snapshot.list(folder));
  }

  /** The spelling of each id that is stored otherwise than in lower case, and has a record. */
  function otherSpellings(entries: readonly KeyValue[]): ReadonlyMap<string, string> {
    const start = keys.folder(kind).length;
    const upper = entries.filter(({ key }) => upperCase.test(key.slice(start, start + uuidLength)));
    const found = [...directoriesOf(keys, kind, upper)].filter(({ record }) => record !== undefined);
    return new Map(found.map((directory) => [directory.name, spellingOf(directory)]));
  }

  function spellingOf({ path }: Directory): string {
    return path.slice(keys.folder(kind).length).replace(/\/$/, '');
  }

  /** Of a guest all that lies in its directory, since its state is a part of it; of other nodes the record alone. */
  async function readDirectory(name: string, path: Key): Promise<Directory> {
    if (kind === 'GUEST') return directoryFrom(name, path, await snapshot.list(prefixRange(path), folder));
    const key = kind === 'JOB' || kind === 'CONFIG' ? path : path + recordName;
    const [record] = await snapshot.list(keyRange(key), folder);
    return { name, path, record, entries: record === undefined ? [] : [record] };
  }

  function pathOf(spelling: string): Key {
    if (kind === 'CONFIG') return keys.config(spelling);
    return kind === 'JOB' ? keys.record(kind, spelling) : keys.directory(kind, spelling);
  }

  function decodeDirectory({ name, path, record, entries }: Directory): T {
    try {
      if (record === undefined) throw brokenRecord(path + recordName, 'the directory has no record');
      const state = kind === 'GUEST' ? entries.find(({ key }) => key === path + subkeys.state) : undefined;
      return decodeNode(kind, { id: name, directory: path, record, ...(state === undefined ? {} : { state }) });
    } catch (error) {
      // Noted for the answer's warnings too: only who asked for this very node meets the error.
      if (error instanceof BrokenRecordError) broken.add({ key: error.key, reason: error.reason });
      throw error;
    }
  }

  async function readAll(): Promise<ReadListing<T>> {
    const entries = await snapshot.list(folder);
    const byName = new Map<string, T>();
    let sliceEnd = performance.now() + decodeSliceMs;
    let decodes = 0;
    for (const directory of directoriesOf(keys, kind, entries)) {
      if (++decodes % decodesPerClockLook === 0 && performance.now() > sliceEnd) {
        await new Promise(setImmediate);
        sliceEnd = performance.now() + decodeSliceMs;
      }
      try {
        // Of two spellings of one id the lower-case one counts: it comes last in key order.
        byName.set(directory.name, decodeDirectory(directory));
      } catch (error) {
        if (!hasErrorCode(error, 'BROKEN_RECORD')) throw error;
        if (directory.record !== undefined) byName.delete(directory.name);
      }
    }
    return { all: [...byName.values()].sort(byNodeOrder), byName };
  }

  function get(name: string): Promise<T | null> {
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const node = find(name);
    nodes.set(name, node);
    return node;
  }

  async function getAsSpelled(name: string): Promise<T | null> {
    const { record } = await readDirectory(name, pathOf(name));
    return record === undefined ? null : get(name);
  }

  /** A thousand guests of one flavor share one promise. */
  function follow(name: string): Promise<T | null> {
    const known = followed.get(name);
    if (known !== undefined) return known;
    const node = getUnlessBroken(name);
    followed.set(name, node);
    return node;
  }

  async function getUnlessBroken(name: string): Promise<T | null> {
    try {
      return await get(name);
    } catch (error) {
      if (hasErrorCode(error, 'BROKEN_RECORD')) return null;
      throw error;
    }
  }

  function list(): Promise<ReadListing<T>> {
    listing ??= readAll();
    return listing;
  }

  return { get, locate: findDirectory, getAsSpelled, follow, list, readDirectory };
}

/** By id, as the contract promises; ids in other spellings and VLAN tags are not in key order. */
function byNodeOrder(a: Entity, b: Entity): number {
  if (a.kind === 'VLAN') return Number(a.id.slice('vlan:'.length)) - Number(b.id.slice('vlan:'.length));
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
