import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { exportPages } from '../../src/store/transfer/index.ts';
import { transferContract } from './transfer-contract.ts';
import { contentOf, entry, importInto, manyEntries, never, openStore, prefix, put } from './transfer-space.ts';

transferContract('the embedded store', () => openStore());

describe('an import that replaces', () => {
  it('deletes all that is to go although the store forgets its history on the way', async () => {
    const store = openStore({ revisions: 2, bytes: 1024 * 1024 * 1024 });
    await importInto({ store, entries: manyEntries(6000) });
    const report = await importInto({ store, entries: [entry('config/zzz', 'new')], onExisting: 'replace' });
    expect(report).toMatchObject({ written: 1, leftovers: { deleted: 6000, foreign: null } });
    expect(await contentOf(store)).toEqual({ 'config/zzz': 'new' });
  });
});

describe('export', () => {
  it('fails with REVISION_COMPACTED when its revision is forgotten on the way', async () => {
    const store = openStore({ revisions: 5, bytes: 1024 * 1024 * 1024 });
    await importInto({ store, entries: manyEntries(1200) });
    const exporting = async () => {
      for await (const page of exportPages({ store, prefix, signal: never })) {
        for (let write = 0; write < 6; write++) await put(store, 'config/000000', String(page.revision + write));
      }
    };
    const error: unknown = await exporting().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'REVISION_COMPACTED' });
  });
});
