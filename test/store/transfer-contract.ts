import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyRange } from '../../src/store/range.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { decodeLine, type Entry, encodeLine } from '../../src/store/transfer/entry.ts';
import { entryByteLimit } from '../../src/store/transfer/import-entries.ts';
import { checkFile, entriesOf, exportPages, PrefixNotEmptyError } from '../../src/store/transfer/index.ts';
import { unreliableStore } from '../support/unreliable-store.ts';
import {
  contentOf,
  entry,
  exportOf,
  failureOf,
  fileOf,
  get,
  importInto,
  manyEntries,
  nameAndText,
  never,
  prefix,
  put,
} from './transfer-space.ts';

/** What import and export promise of any store. `open` answers one whose prefix is empty. */
export function transferContract(name: string, open: () => Store | Promise<Store>): void {
  describe(`import into ${name}`, () => {
    it.each(['cluster-a', 'edge'])(
      '%s that the Go tools wrote comes back byte for byte, but for the locks of jobs',
      async (name) => {
        const golden = await readFile(join('test/fixtures', `${name}.jsonl`));
        const file = await fileOf(golden);
        const store = await open();
        const count = await checkFile({ file, prefix, signal: never });
        const report = await importInto({ store, entries: entriesOf(file) });
        expect(report).toMatchObject({ written: count, inDoubt: 0, leftovers: null });
        expect(report.revision).toBe((await store.status()).revision);
        const lines = golden.toString().split(/(?<=\n)/);
        expect(count).toBe(lines.length);
        expect(await exportOf(store)).toBe(lines.filter((line) => !line.includes('.lock"')).join(''));
      },
    );

    it('puts leased keys under one lease and all others under none', async () => {
      const store = await open();
      const entries = [
        entry('hypervisors/a/heartbeat', 'now', true),
        entry('config/x', '1'),
        entry('hypervisors/b/heartbeat', 'now', true),
      ];
      expect(await importInto({ store, entries, leaseSeconds: 60 })).toMatchObject({ written: 3, leased: 2 });
      const [a, x, b] = await Promise.all(
        ['hypervisors/a/heartbeat', 'config/x', 'hypervisors/b/heartbeat'].map((key) => get(store, key)),
      );
      expect(x?.leaseId).toBeNull();
      expect(a?.leaseId).toBe(b?.leaseId);
      const secondsLeft = await store.leaseTimeToLive(a?.leaseId ?? '');
      expect(secondsLeft).toBeGreaterThanOrEqual(58);
      expect(secondsLeft).toBeLessThanOrEqual(60);
    });

    it('refuses a prefix that holds a key, and writes nothing', async () => {
      const store = await open();
      await put(store, 'zzz', 'there');
      await expect(importInto({ store, entries: manyEntries(3) })).rejects.toThrow(
        new PrefixNotEmptyError(prefix, `${prefix}zzz`),
      );
      expect(await contentOf(store)).toEqual({ zzz: 'there' });
    });

    it('refuses a prefix in which a key appears at the last moment, and writes nothing', async () => {
      const store = await open();
      const racing = unreliableStore(store, [() => put(store, 'zzz', 'raced')]);
      await expect(importInto({ store: racing, entries: manyEntries(3) })).rejects.toThrow(PrefixNotEmptyError);
      expect(await contentOf(store)).toEqual({ zzz: 'raced' });
    });

    it('stops, and tells how far it came, when somebody else writes one of its keys meanwhile', async () => {
      const store = await open();
      const racing = unreliableStore(store, ['none', 'none', () => put(store, 'config/000250', 'not ours')]);
      const stopped = await failureOf(importInto({ store: racing, entries: manyEntries(400) }));
      expect(stopped.message).toBe('Somebody else wrote "lochness/config/000250" meanwhile');
      expect(stopped.progress).toMatchObject({ written: 200, inDoubt: 0, isDeleting: false });
      const content = await contentOf(store);
      expect(Object.keys(content)).toHaveLength(201);
      expect(content['config/000250']).toBe('not ours');
    });

    it('merges over what is there when it is told to', async () => {
      const store = await open();
      await put(store, 'config/000001', 'old');
      await put(store, 'zzz', 'kept');
      expect(await importInto({ store, entries: manyEntries(2), onExisting: 'merge' })).toMatchObject({
        written: 2,
        leftovers: null,
      });
      expect(await contentOf(store)).toEqual({ 'config/000000': 'value 0', 'config/000001': 'value 1', zzz: 'kept' });
    });

    it('replaces what is there when it is told to, and touches nothing beside the prefix', async () => {
      const store = await open();
      await importInto({ store, entries: manyEntries(1234) });
      const beside = { type: 'put', key: 'lochness0', value: Buffer.from('beside') } as const;
      await store.commit({ compares: [], writes: [beside] });
      const entries = [entry('config/000007', 'new'), entry('config/zzz', 'new')];
      const report = await importInto({ store, entries, onExisting: 'replace' });
      expect(report).toMatchObject({ written: 2, leftovers: { deleted: 1233, foreign: null } });
      expect(await contentOf(store)).toEqual({ 'config/000007': 'new', 'config/zzz': 'new' });
      expect((await store.read({ ranges: [keyRange('lochness0')] })).results[0]?.entries).toHaveLength(1);
    });

    it('takes no notice of who may use the gateways, and leaves their tokens alone', async () => {
      const store = await open();
      const token = entry('gateway/tokens/1', 'hash');
      await importInto({ store, entries: [token] });
      await importInto({ store, entries: [entry('config/a', '1')], onExisting: 'refuse' });
      const report = await importInto({ store, entries: [entry('config/b', '2')], onExisting: 'replace' });
      expect(report).toMatchObject({ leftovers: { deleted: 1, foreign: null } });
      expect(await contentOf(store)).toEqual({ 'config/b': '2', 'gateway/tokens/1': 'hash' });
    });

    it('that replaces leaves what others write meanwhile alone, and says so', async () => {
      const store = await open();
      for (const name of ['old/1', 'old/2', 'old/3']) await put(store, name, 'old');
      // The first commit writes, the second deletes.
      const racing = unreliableStore(store, [
        () => put(store, 'new', 'from elsewhere'),
        () => put(store, 'old/2', 'from elsewhere'),
      ]);
      const { leftovers } = await importInto({ store: racing, entries: [entry('a', '1')], onExisting: 'replace' });
      expect(leftovers).toMatchObject({ deleted: 2, foreign: { count: 2, example: 'lochness/new' } });
      expect(await contentOf(store)).toEqual({ a: '1', new: 'from elsewhere', 'old/2': 'from elsewhere' });
    });

    it('that replaces leaves alone what others write before and behind the place where it deletes', async () => {
      const store = await open();
      await importInto({ store, entries: manyEntries(1200) });
      const names = ['config/000000', 'config/000400', 'config/000900', 'config/000900/added', 'config/zzz'];
      const writeAll = async () => {
        for (const name of names) await put(store, name, 'from elsewhere');
      };
      // The first commit writes, the second deletes what the first page begins with.
      const racing = unreliableStore(store, ['none', 'none', writeAll]);
      const { leftovers } = await importInto({ store: racing, entries: [entry('a', '1')], onExisting: 'replace' });
      // The first name was deleted, and came again where nobody looks any more.
      expect(leftovers).toMatchObject({ deleted: 1198, foreign: { count: 4, example: 'lochness/config/000400' } });
      expect(await contentOf(store)).toEqual({ a: '1', ...Object.fromEntries(names.map((name) => [name, 'from elsewhere'])) });
    });

    it.each(['refuse', 'merge'] as const)('that is to %s goes on when replies and requests are lost', async (onExisting) => {
      const store = await open();
      const breaking = unreliableStore(store, ['replyLost', 'none', 'replyLost', 'requestLost', 'unavailable', 'replyLost']);
      const report = await importInto({ store: breaking, entries: manyEntries(350), onExisting });
      expect(report).toMatchObject({ written: 350, inDoubt: 0, revision: (await store.status()).revision });
      expect(await contentOf(store)).toEqual(Object.fromEntries([...manyEntries(350)].map(nameAndText)));
    });

    it('writes nothing again that comes late', async () => {
      const store = await open();
      const breaking = unreliableStore(store, ['requestLate', 'requestLate']);
      await importInto({ store: breaking, entries: manyEntries(50) });
      const { revision } = await store.status();
      await breaking.arrive();
      expect((await store.status()).revision).toBe(revision);
    });

    it('stops when it waited long enough for the outcome of a commit, and tells which lines are in doubt', async () => {
      const store = await open();
      const breaking = unreliableStore(store, ['none', 'requestLost']);
      const stopped = await failureOf(importInto({ store: breaking, entries: manyEntries(350), patienceMs: 0 }));
      expect(stopped.progress).toMatchObject({ written: 100, inDoubt: 100 });
      expect(stopped.cause).toBeInstanceOf(OutcomeUnknownError);
    });

    it('stops when it waited long enough for the store, and is sure what is written', async () => {
      const store = await open();
      const breaking = unreliableStore(store, ['none', 'unavailable']);
      const stopped = await failureOf(importInto({ store: breaking, entries: manyEntries(350), patienceMs: 0 }));
      expect(stopped.progress).toMatchObject({ written: 100, inDoubt: 0 });
      expect(stopped.cause).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    it('takes the key of another for taken, also when it was in doubt before', async () => {
      const store = await open();
      const racing = unreliableStore(store, ['none', 'requestLost', () => put(store, 'config/000150', 'not ours')]);
      const stopped = await failureOf(importInto({ store: racing, entries: manyEntries(200) }));
      expect(stopped.message).toBe('Somebody else wrote "lochness/config/000150" meanwhile');
      expect(stopped.progress).toMatchObject({ written: 100, inDoubt: 0 });
    });

    it('deletes each leftover once when the reply to a delete is lost', async () => {
      const store = await open();
      await importInto({ store, entries: manyEntries(150) });
      const breaking = unreliableStore(store, ['none', 'replyLost', 'requestLost']);
      const { leftovers } = await importInto({ store: breaking, entries: [entry('a', '1')], onExisting: 'replace' });
      expect(leftovers).toMatchObject({ deleted: 150, foreign: null });
      expect(await contentOf(store)).toEqual({ a: '1' });
    });

    it('keeps its lease alive for as long as it takes', async () => {
      const store = await open();
      let renewals = 0;
      let renewed = () => {};
      // Renewed every third of a second, so that by the fifth time the lease's one second is over.
      const longEnough = new Promise<void>((resolve) => {
        renewed = resolve;
      });
      const counting: Store = {
        ...unreliableStore(store, []),
        keepLeaseAlive: async (leaseId) => {
          const lease = await store.keepLeaseAlive(leaseId);
          if (++renewals === 5) renewed();
          return lease;
        },
      };
      async function* slowly(): AsyncGenerator<Entry> {
        yield entry('hypervisors/a/heartbeat', 'now', true);
        yield* manyEntries(100);
        await longEnough;
        yield entry('last', '1');
      }
      await importInto({ store: counting, entries: slowly(), leaseSeconds: 1 });
      expect(await get(store, 'hypervisors/a/heartbeat')).toBeDefined();
      expect(renewals).toBe(6);
    });

    it('fails when its lease ends all the same', async () => {
      const store = await open();
      async function* losing(): AsyncGenerator<Entry> {
        yield entry('hypervisors/a/heartbeat', 'now', true);
        yield* manyEntries(100);
        await store.revokeLease((await get(store, 'hypervisors/a/heartbeat'))?.leaseId ?? '');
        yield entry('last', '1');
      }
      const stopped = await failureOf(importInto({ store, entries: losing() }));
      expect(stopped.message).toMatch(/^There is no lease /);
      expect(stopped.progress).toMatchObject({ written: 102, leased: 1 });
    });

    it('ends between two commits when it is interrupted', async () => {
      const store = await open();
      const interrupt = new AbortController();
      async function* interrupted(): AsyncGenerator<Entry> {
        yield* manyEntries(150);
        interrupt.abort(new Error('interrupted'));
        yield* [entry('last', '1')];
      }
      const stopped = await failureOf(importInto({ store, entries: interrupted(), signal: interrupt.signal }));
      expect(stopped.progress).toMatchObject({ written: 100, inDoubt: 0 });
      expect(Object.keys(await contentOf(store))).toHaveLength(100);
    });

    it('takes the largest value that a transaction can hold, and proves the prefix empty with it', async () => {
      const store = await open();
      const key = `${prefix}large`;
      const file = await fileOf(
        encodeLine({ key, value: Buffer.alloc(entryByteLimit(prefix) - 3 * key.length, 'x'), isLeased: false }),
      );
      expect(await checkFile({ file, prefix, signal: never })).toBe(1);
      expect(await importInto({ store, entries: entriesOf(file) })).toMatchObject({ written: 1 });
    });
  });

  describe(`export from ${name}`, () => {
    it('leaves out what belongs to the moment, and secrets', async () => {
      const store = await open();
      const kept = ['config/a', 'gateway/audit/1', 'gateway/leadership', 'jobs/1', 'jobs/1.lock/x', 'jobs/x/1.lock'];
      const leftOut = [
        'gateway/leader',
        'gateway/leader/1',
        'gateway/operations/1',
        'gateway/tokens',
        'gateway/tokens/1',
        'jobs/1.lock',
      ];
      await importInto({ store, entries: [...kept, ...leftOut].map((name) => entry(name, '')) });
      const exported = (await exportOf(store))
        .trimEnd()
        .split('\n')
        .map((line) => decodeLine(Buffer.from(line)).key);
      expect(exported).toEqual(kept.map((name) => prefix + name));
    });

    it('of an empty prefix is empty', async () => {
      expect(await exportOf(await open())).toBe('');
    });

    it('reads everything at one revision, whatever is written meanwhile', async () => {
      const store = await open();
      await importInto({ store, entries: manyEntries(1200) });
      const before = await exportOf(store);
      let text = '';
      let pages = 0;
      for await (const page of exportPages({ store, prefix, signal: never })) {
        text += page.text;
        pages++;
        await put(store, 'config/000000', 'changed');
        await put(store, 'config/001199', 'changed');
        await put(store, 'config/added', 'later');
      }
      expect(pages).toBeGreaterThan(1);
      expect(text).toBe(before);
    });
  });
}
