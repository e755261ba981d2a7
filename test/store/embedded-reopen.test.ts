import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { lockFolder } from '../../src/store/embedded/folder-lock.ts';
import {
  connectToFolder,
  FolderInUseError,
  openFolder,
  openFolderStore,
  openMemoryStore,
} from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const options = { log: silentLog };
const all = { start: '\x00', end: '\xff' };

async function entriesOf(store: Store) {
  return (await store.read({ ranges: [all] })).results[0]?.entries ?? [];
}

/** Entries that can be compared quickly: by the text of their values. */
async function readableEntriesOf(store: Store) {
  return (await entriesOf(store)).map((entry) => ({ ...entry, value: entry.value.toString('latin1') }));
}

function put(store: Store, key: string, value: string, leaseId: string | null = null) {
  return store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value), leaseId }] });
}

describe('a folder that is opened again', () => {
  let folder: TemporaryDirectory;
  let dataDir: string;
  beforeEach(async () => {
    folder = await openTemporaryDirectory();
    dataDir = join(folder.path, 'data');
  });
  afterEach(() => folder.remove());

  const reopened = async (store: Store) => {
    await store.close();
    return await openFolderStore(dataDir, options);
  };

  it('holds the same entries, to the last number and byte', async () => {
    let store = await openFolderStore(dataDir, options);
    const lease = await store.grantLease(1_000);
    await put(store, 'plain', 'text');
    await put(store, 'bytes\xff\x00', '');
    await store.commit({ compares: [], writes: [{ type: 'put', key: 'binary', value: Buffer.from([0, 255, 128]) }] });
    await put(store, 'twice', '1');
    await put(store, 'twice', '2', lease.id);
    await put(store, `long/${'x'.repeat(5_000)}`, 'the key is longer than LMDB takes');
    await put(store, `gone/${'x'.repeat(5_000)}`, 'deleted');
    await put(store, 'gone', 'deleted');
    await store.commit({ compares: [], writes: [{ type: 'delete', range: { start: 'gone', end: 'gonf' } }] });
    await put(store, 'large', 'x'.repeat(1_000_000));
    const before = await readableEntriesOf(store);
    expect(before).toHaveLength(6);
    store = await reopened(store);
    expect(await readableEntriesOf(store)).toEqual(before);
    await store.close();
  });

  it('goes on with its revisions; its compaction revision is the newest one at opening', async () => {
    let store = await openFolderStore(dataDir, options);
    const { revision: older } = await put(store, 'a', '1');
    const { revision: newest } = await put(store, 'a', '2');
    store = await reopened(store);
    expect((await store.status()).revision).toBe(newest);
    const compacted = { code: 'REVISION_COMPACTED', details: { oldestRevision: newest } };
    await expect(store.read({ at: older, ranges: [all] })).rejects.toMatchObject(compacted);
    await expect(store.watch({ range: all, after: older })).rejects.toMatchObject(compacted);
    expect((await store.read({ at: newest, ranges: [all] })).results[0]?.entries).toHaveLength(1);

    const watch = await store.watch({ range: all, after: newest });
    expect((await put(store, 'a', '3')).revision).toBe(newest + 1);
    for await (const batch of watch) {
      expect(batch).toMatchObject({ revision: newest + 1, changes: [{ previous: { value: Buffer.from('2') } }] });
      break;
    }
    await store.close();
  });

  it('keeps leases, each with its whole time again, and still ends them', async () => {
    let store = await openFolderStore(dataDir, options);
    const long = await store.grantLease(1_000);
    const short = await store.grantLease(2);
    const revoked = await store.grantLease(1_000);
    await put(store, 'long', '', long.id);
    await put(store, 'short/1', '', short.id);
    await put(store, 'short/2', '', short.id);
    await store.revokeLease(revoked.id);
    store = await reopened(store);
    const openedAtMs = performance.now();
    expect(await store.leaseTimeToLive(long.id)).toBeGreaterThanOrEqual(998);
    expect(await store.leaseTimeToLive(revoked.id)).toBeNull();
    const watch = await store.watch({ range: all });
    for await (const batch of watch) {
      expect(batch.changes.map((change) => [change.key, change.current])).toEqual([
        ['short/1', null],
        ['short/2', null],
      ]);
      break;
    }
    // A whole TTL, less what passed between the opening and the line that took the time.
    expect(performance.now() - openedAtMs).toBeGreaterThan(1_500);
    expect((await entriesOf(store)).map((entry) => entry.key)).toEqual(['long']);
    store = await reopened(store);
    expect(await store.leaseTimeToLive(short.id)).toBeNull();
    await store.revokeLease(long.id);
    expect(await entriesOf(store)).toEqual([]);
    await store.close();
  });

  it('can be read and written by its owner only', async () => {
    const umask = process.umask(0);
    const store = await openFolderStore(dataDir, options);
    process.umask(umask);
    const modes: Record<string, string> = {};
    for (const name of ['.', 'gateway.sock', 'store.mdb', 'store.mdb-lock']) {
      modes[name] = ((await stat(join(dataDir, name))).mode & 0o777).toString(8);
    }
    expect(modes).toEqual({ '.': '700', 'gateway.sock': '600', 'store.mdb': '600', 'store.mdb-lock': '600' });
    await store.close();
  });

  it('is refused when its format is unknown, and left as it is', async () => {
    await (await openFolderStore(dataDir, options)).close();
    const path = join(dataDir, 'store.mdb');
    const database = openLmdb<Buffer, Buffer>({ path, noSubdir: true, encoding: 'binary', keyEncoding: 'binary' });
    await database.put(Buffer.from('mformat'), Buffer.from('2'));
    await database.close();
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(openFolderStore(dataDir, options)).rejects.toThrow(/store\.mdb has format 2, from a newer version/);
    }
  });

  it('is refused when its file is no store, and left as it is', async () => {
    await mkdir(dataDir);
    const path = join(dataDir, 'store.mdb');
    const text = 'a letter to somebody\n'.repeat(1_000);
    await writeFile(path, text);
    await expect(openFolderStore(dataDir, options)).rejects.toThrow(`${path} is not a file of the embedded store`);
    expect(await readFile(path, 'utf8')).toBe(text);

    await writeFile(path, '');
    await (await openFolderStore(dataDir, options)).close();
  });

  it('is refused to the process that has it open already, also under another name', async () => {
    const store = await openFolderStore(dataDir, options);
    const alias = join(folder.path, 'alias');
    await symlink(dataDir, alias);
    await expect(openFolderStore(dataDir, options)).rejects.toBeInstanceOf(FolderInUseError);
    await expect(openFolderStore(alias, options)).rejects.toThrow(alias);
    await put(store, 'a', 'still open');
    await store.close();
    await (await openFolderStore(alias, options)).close();
  });

  it('binds the same name for its lock under every version of Node', async () => {
    const store = await openFolderStore(dataDir, options);
    const { dev, ino } = await stat(dataDir);
    const names = await readFile('/proc/net/unix', 'utf8');
    expect(names.split(/[ \n]/)).toContain(`@lochness-gateway/${dev}:${ino}/`.padEnd(108, '-'));
    await store.close();
  });

  it('takes the place of a socket that a dead process has left', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'gateway.sock'), '');
    expect(await connectToFolder(dataDir)).toBeNull();
    const store = await openFolderStore(dataDir, options);
    const through = await connectToFolder(dataDir);
    expect((await through?.status())?.healthy).toBe(true);
    await through?.close();
    await store.close();
  });

  it('is waited for by a command when it is neither free nor served: its owner is just opening or closing it', async () => {
    await mkdir(dataDir);
    const lock = await lockFolder(dataDir);
    const opening = openFolder(dataDir, options);
    await lock.release();
    const store = await opening;
    expect((await put(store, 'a', '1')).committed).toBe(true);
    await store.close();
  });

  it('ends watches through its socket with an error when it is closed, since their history is gone', async () => {
    const store = await openFolderStore(dataDir, options);
    const through = await connectToFolder(dataDir);
    const watch = await through?.watch({ range: all });
    const next = watch?.[Symbol.asyncIterator]().next();
    const outcome = expect(next).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
    await outcome;
    await through?.close();
  });

  it('says so when its path is too long for a Unix socket', async () => {
    const deep = join(folder.path, 'x'.repeat(120));
    await expect(openFolderStore(deep, options)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a store in memory', () => {
  it('begins its revisions at the time, so that cursors of an earlier one do not fit', async () => {
    const store = openMemoryStore({ ...options, now: () => 1_800_000_000_000 });
    expect((await put(store, 'a', '1')).revision).toBe(1_800_000_000_001);
    const old = { code: 'REVISION_COMPACTED' };
    await expect(store.read({ at: 1_799_999_999_999, ranges: [all] })).rejects.toMatchObject(old);
    await expect(store.watch({ range: all, after: 1_799_999_999_999 })).rejects.toMatchObject(old);
    await store.close();
  });
});
