import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { decodeLine, type Entry, encodeLine } from '../../src/store/transfer/entry.ts';
import { checkFile, entriesOf, InvalidFileError, keepAside, openTransferFile } from '../../src/store/transfer/index.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { entry, exportOf, failureOf, fileOf, importInto, manyEntries, never, openStore, prefix } from './transfer-space.ts';

describe('a file', () => {
  it('holds any bytes in keys and values', async () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const key = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((array) => prefix + Buffer.from(array).toString('latin1'));
    const entries = fc.uniqueArray(fc.record({ key, value: bytes, isLeased: fc.boolean() }), {
      selector: ({ key }) => key,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(entries, async (written) => {
        const text = written.map(encodeLine).join('');
        expect(
          text
            .trimEnd()
            .split('\n')
            .filter(Boolean)
            .map((line) => decodeLine(Buffer.from(line))),
        ).toEqual(written);
        const store = openMemoryStore({ log: silentLog });
        await importInto({ store, entries: written });
        const sorted = written
          .filter(({ key }) => !/^lochness\/jobs\/[^/]*\.lock$/.test(key))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
        expect(await exportOf(store)).toBe(sorted.map(encodeLine).join(''));
        await store.close();
      }),
      { numRuns: 100 },
    );
  });

  it('says what is no UTF-8 in base64', () => {
    const line = encodeLine({ key: 'lochness/\xff', value: Buffer.from([0xc3, 0x28]), isLeased: false });
    expect(line).toBe('{"keyBase64":"bG9jaG5lc3Mv/w==","valueBase64":"wyg=","lease":false}\n');
    expect(decodeLine(Buffer.from(line))).toEqual({ key: 'lochness/\xff', value: Buffer.from([0xc3, 0x28]), isLeased: false });
  });

  it('may leave out lease, end without a newline, and end its lines as Windows does', async () => {
    const file = await fileOf('{"key":"lochness/a","value":"1"}\r\n{"key":"lochness/b","value":"2","lease":false}');
    expect(await checkFile({ file, prefix, signal: never })).toBe(2);
    const entries: Entry[] = [];
    for await (const read of entriesOf(file)) entries.push(read);
    expect(entries).toEqual([entry('a', '1'), entry('b', '2')]);
  });

  it('is refused with the line of each problem before anything is written', async () => {
    const lines: (string | Buffer)[] = [
      '{"key":"lochness/a","value":"1","lease":false}',
      '{"key":"lochness/b","value":"1","lease":',
      '{"key":"elsewhere/c","value":"1","lease":false}',
      Buffer.from([0x7b, 0xff, 0x7d]),
      '{"key":"lochness/d","value":1,"lease":false}',
      '{"key":"lochness/e","value":"1","leased":true}',
      '{"key":"lochness/a","value":"2","lease":false}',
      '',
      '["lochness/f"]',
      '{"key":"lochness/g","value":"1","lease":"yes"}',
      '{"value":"1"}',
      '{"key":"lochness/h"}',
      '{"key":"lochness/i","keyBase64":"YQ==","value":"1"}',
      '{"key":"lochness/j","valueBase64":"not base64"}',
      '{"key":"lochness/k","value":"\\ud800"}',
      `{"key":"lochness/l","value":"${'x'.repeat(1024 * 1024)}"}`,
      `{"key":"lochness/m","value":"${'x'.repeat(9 * 1024 * 1024)}"}`,
      '{"key":"","value":"1"}',
    ];
    const file = await fileOf(Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
    const error: unknown = await checkFile({ file, prefix, signal: never }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidFileError);
    expect(error).toMatchObject({
      problemCount: 17,
      problems: [
        expect.stringMatching(/^line 2: it is not JSON: /),
        'line 3: its key "elsewhere/c" does not begin with the prefix "lochness/"',
        'line 4: it is not UTF-8',
        'line 5: its "value" is no text',
        'line 6: it has a field "leased"; known are key, keyBase64, value, valueBase64, lease',
        'line 8: it is empty',
        'line 9: it is no JSON object',
        'line 10: its "lease" is neither true nor false',
        'line 11: it has no "key"',
        'line 12: it has no "value"',
        'line 13: it has both "key" and "keyBase64"',
        'line 14: its "valueBase64" is no base64',
        'line 15: its "value" is no Unicode text',
        expect.stringMatching(/^line 16: "lochness\/l" has a value of 1048576 bytes/),
        'line 17: it is longer than 8388608 bytes',
        'line 18: its key is empty',
        'line 7: its key "lochness/a" is also on line 1',
      ],
    });
  });

  it('of garbage names the first problems and counts all', async () => {
    const error: unknown = await checkFile({ file: await fileOf('x\n'.repeat(5000)), prefix, signal: never }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ problemCount: 5000, problems: { length: 20 } });
  });

  it('has the same key twice found among many, whatever their order', async () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `lochness/${(index * 7919) % 20_000}`);
    const text = [...keys, 'lochness/4711'].map((key) => encodeLine({ key, value: Buffer.alloc(0), isLeased: false })).join('');
    const error: unknown = await checkFile({ file: await fileOf(text), prefix, signal: never }).catch(
      (reason: unknown) => reason,
    );
    const first = keys.indexOf('lochness/4711') + 1;
    expect(error).toMatchObject({ problems: [`line 20001: its key "lochness/4711" is also on line ${first}`] });
  });

  it('on disk that is changed while it is imported is noticed', async () => {
    const folder = await openTemporaryDirectory();
    onTestFinished(() => folder.remove());
    const path = join(folder.path, 'cluster.jsonl');
    await writeFile(path, [...manyEntries(3)].map(encodeLine).join(''));
    const file = await openTransferFile(path, never);
    onTestFinished(() => file.close());
    expect(await checkFile({ file, prefix, signal: never })).toBe(3);
    await writeFile(path, [...manyEntries(2)].map(encodeLine).join(''));
    const stopped = await failureOf(importInto({ store: openStore(), entries: entriesOf(file) }));
    expect(stopped.message).toBe(`${path} was changed while it was read`);
  });

  it('from a stream that never ends lets itself be interrupted', async () => {
    const interrupt = new AbortController();
    let reads = 0;
    const stream = new Readable({
      read() {
        if (++reads === 1) this.push('{"key":');
        else interrupt.abort(new Error('interrupted'));
      },
    });
    await expect(keepAside(stream, interrupt.signal)).rejects.toThrow('interrupted');
    expect(reads).toBe(2);
  });
});
