import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasErrorCode } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { commitOnce, type OnceResult, type OnceTransaction } from '../../src/store/outcome.ts';
import { type KeyValue, LeaseNotFoundError, OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { type CommitFault, commitFaults, unreliableStore } from '../support/unreliable-store.ts';

const token = 'operations/1';
const value = Buffer.from('{"ids":["a"]}');
const unchanged = { code: 'STORE_UNAVAILABLE', details: {} };
const unknown = { code: 'STORE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } };

let store: Store;
beforeEach(() => {
  store = openMemoryStore({ log: silentLog });
});
afterEach(() => store.close());

async function get(key: string): Promise<KeyValue | null> {
  const { results } = await store.read({ ranges: [{ start: key }] });
  return results[0]?.entries[0] ?? null;
}

const put = (key: string, text: string) => ({ type: 'put', key, value: Buffer.from(text) }) as const;
const creation: OnceTransaction = { compares: [], writes: [put('a', 'created')] };

describe('commitOnce', () => {
  it('commits the transaction and its token together', async () => {
    const result = await commitOnce(store, creation, { token, value });
    const entry = await get('a');
    expect(result).toEqual({ outcome: 'committed', revision: entry?.modRevision });
    expect(await get(token)).toMatchObject({ value, modRevision: entry?.modRevision, leaseId: null });
  });

  it('binds the token to its lease', async () => {
    const { id } = await store.grantLease(60);
    await commitOnce(store, creation, { token, value, leaseId: id });
    expect((await get(token))?.leaseId).toBe(id);
    expect((await get('a'))?.leaseId).toBeNull();
  });

  it('tells a failed compare from a repeated operation, and changes nothing then', async () => {
    const occupied: OnceTransaction = {
      compares: [{ target: 'version', range: { start: 'a' }, is: '=', number: 0 }],
      writes: [put('a', 'created')],
      onFailure: [{ start: 'a' }],
    };
    await store.commit({ compares: [], writes: [put('a', 'by another')] });
    const refused = await commitOnce(store, occupied, { token, value });
    expect(refused).toMatchObject({ outcome: 'refused', reads: [[{ value: Buffer.from('by another') }]] });
    expect(await get(token)).toBeNull();

    await commitOnce(store, creation, { token, value });
    const before = (await store.status()).revision;
    for (const transaction of [creation, occupied]) {
      const repeated = await commitOnce(store, transaction, { token, value: Buffer.from('another attempt') });
      expect(repeated).toEqual({ outcome: 'repeated', token: await get(token) });
    }
    expect((await store.status()).revision).toBe(before);
  });

  it('finds that a transaction was committed whose reply was lost, and sends it once', async () => {
    const unreliable = unreliableStore(store, ['replyLost']);
    const result = await commitOnce(unreliable, creation, { token, value });
    expect(result).toEqual({ outcome: 'committed', revision: (await get('a'))?.modRevision });
    expect(await get('a')).toMatchObject({ version: 1 });
  });

  it('finds that a transaction never arrived', async () => {
    await expect(commitOnce(unreliableStore(store, ['requestLost']), creation, { token, value })).rejects.toMatchObject(
      unchanged,
    );
    expect(await get('a')).toBeNull();
  });

  it('keeps a transaction that is late from being applied after the caller was told that nothing was changed', async () => {
    const unreliable = unreliableStore(store, ['requestLate']);
    await expect(commitOnce(unreliable, creation, { token, value })).rejects.toMatchObject(unchanged);
    await unreliable.arrive();
    expect(await get('a')).toBeNull();
  });

  it('finds that a late transaction was committed when it overtakes the fence', async () => {
    const unreliable = unreliableStore(store, ['requestLate', 'requestLost', () => unreliable.arrive()]);
    const result = await commitOnce(unreliable, creation, { token, value });
    expect(result).toEqual({ outcome: 'committed', revision: (await get('a'))?.modRevision });
  });

  it('sends the fence until the store answers, and believes one whose reply was lost', async () => {
    const unreliable = unreliableStore(store, ['requestLate', 'requestLost', 'unavailable', 'replyLost']);
    await expect(commitOnce(unreliable, creation, { token, value })).rejects.toMatchObject(unchanged);
    expect(unreliable.sent).toBe(5);
    await unreliable.arrive();
    expect(await get('a')).toBeNull();
  });

  it('lets an operation that was given up be done later, with the same token', async () => {
    const unreliable = unreliableStore(store, ['requestLate']);
    await expect(commitOnce(unreliable, creation, { token, value })).rejects.toMatchObject(unchanged);
    expect(await commitOnce(store, creation, { token, value })).toMatchObject({ outcome: 'committed' });
    await unreliable.arrive();
    expect(await get('a')).toMatchObject({ version: 1 });
    expect(await get(token)).toMatchObject({ value });
  });

  it('says that an operation was done by another call with the same token while its own outcome was unknown', async () => {
    const other = () => commitOnce(store, creation, { token, value: Buffer.from('the other') });
    const unreliable = unreliableStore(store, ['requestLate', other]);
    const result = await commitOnce(unreliable, creation, { token, value });
    expect(result).toMatchObject({ outcome: 'repeated', token: { value: Buffer.from('the other') } });
  });

  it('says that the outcome is unknown when the store does not answer in time', async () => {
    const unreliable = unreliableStore(store, ['replyLost', ...Array<CommitFault>(100).fill('requestLost')]);
    await expect(commitOnce(unreliable, creation, { token, value, resolveTimeoutMs: 250 })).rejects.toMatchObject(unknown);
    expect(unreliable.sent).toBeLessThan(20);
  });

  it('ends the wait for an unknown outcome when its signal aborts', async () => {
    const controller = new AbortController();
    const silence = async () => {
      controller.abort();
      throw new OutcomeUnknownError('no answer');
    };
    const unreliable = unreliableStore(store, ['requestLost', silence]);
    const committing = commitOnce(unreliable, creation, { token, value, signal: controller.signal });
    await expect(committing).rejects.toMatchObject(unknown);
    expect(unreliable.sent).toBe(2);
  });

  it('sends nothing when its signal has aborted before', async () => {
    const reason = new Error('the caller went away');
    const unreliable = unreliableStore(store, []);
    await expect(commitOnce(unreliable, creation, { token, value, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(unreliable.sent).toBe(0);
  });

  it('says that the outcome is unknown when the lease of the token ended meanwhile', async () => {
    const { id } = await store.grantLease(60);
    const unreliable = unreliableStore(store, ['replyLost', () => store.revokeLease(id)]);
    await expect(commitOnce(unreliable, creation, { token, value, leaseId: id })).rejects.toMatchObject(unknown);
  });

  it('fails with LeaseNotFoundError when the lease of the token has ended before', async () => {
    const { id } = await store.grantLease(60);
    await store.revokeLease(id);
    await expect(commitOnce(store, creation, { token, value, leaseId: id })).rejects.toBeInstanceOf(LeaseNotFoundError);
  });

  it('a store without space: what it refused was not done, and no fence is needed', async () => {
    const unreliable = unreliableStore(store, ['noSpace']);
    const message = 'its space is exhausted. Nothing was changed';
    await expect(commitOnce(unreliable, creation, { token, value })).rejects.toMatchObject({ ...unchanged, message });
    expect(unreliable.sent).toBe(1);
    expect(await get(token)).toBeNull();
  });

  it('a store whose space was used up by it: it says no, although it was done', async () => {
    const result = await commitOnce(unreliableStore(store, ['noSpaceButDone']), creation, { token, value });
    expect(result).toEqual({ outcome: 'committed', revision: (await get('a'))?.modRevision });
  });

  it('changes a counter exactly as often as it says, whatever becomes of its commits', async () => {
    const scripts = fc.array(fc.array(fc.constantFrom(...commitFaults), { maxLength: 6 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(scripts, fc.infiniteStream(fc.boolean()), async (operations, coins) => {
        const world = openMemoryStore({ log: silentLog });
        const links = operations.map((script) => unreliableStore(world, script));
        let done = 0;
        for (const [index, link] of links.entries()) {
          done += (await increment(link, `operations/${index}`)) ? 1 : 0;
          if (coins.next().value === true) for (const other of links) await other.arrive();
        }
        for (const link of links) await link.arrive();
        const { results } = await world.read({ ranges: [{ start: 'counter' }] });
        expect(Number(results[0]?.entries[0]?.value.toString() ?? '0')).toBe(done);
        await world.close();
      }),
      { numRuns: 30 },
    );
  });
});

/** Compares and swaps until it was done or given up. */
async function increment(link: Store, operation: string): Promise<boolean> {
  for (;;) {
    const { results } = await link.read({ ranges: [{ start: 'counter' }] });
    const entry = results[0]?.entries[0];
    const next = Number(entry?.value.toString() ?? '0') + 1;
    const swap: OnceTransaction = {
      compares: [{ target: 'modRevision', range: { start: 'counter' }, is: '=', number: entry?.modRevision ?? 0 }],
      writes: [put('counter', String(next))],
    };
    const result = await commitOnce(link, swap, { token: operation, value }).catch((error: unknown): OnceResult | null => {
      if (hasErrorCode(error, 'STORE_UNAVAILABLE')) return null;
      throw error;
    });
    if (result === null) return false;
    if (result.outcome !== 'refused') return true;
  }
}
