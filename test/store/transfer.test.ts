import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { exportPages } from '../../src/store/transfer/index.ts';
import { transferContract } from './transfer-contract.ts';
import { importInto, manyEntries, never, openStore, prefix, put } from './transfer-space.ts';

transferContract('the embedded store', () => openStore());

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
