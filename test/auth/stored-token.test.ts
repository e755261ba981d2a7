import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listTokens, revokeToken } from '../../src/auth/index.ts';
import { hashOf, isTokenText, newTokenText } from '../../src/auth/token.ts';
import { decodeTokenRecord, encodeTokenRecord } from '../../src/auth/token-record.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { openNodeOfKey } from '../../src/store/node-of-key.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { unreliableStore } from '../support/unreliable-store.ts';
import { createdAt, hypervisorId, keys, makeToken } from './credential.ts';

let store: Store;
beforeEach(() => {
  store = openMemoryStore({ log: silentLog });
});
afterEach(() => store.close());

const idsOf = async () => (await listTokens({ store, keys })).map(({ id }) => id);

describe('a token', () => {
  it('is a prefix and 256 random bits, in one spelling', () => {
    const bytes = Buffer.alloc(32, 0xff);
    expect(newTokenText(() => bytes)).toBe(`lgw_${'_'.repeat(42)}8`);
    expect(isTokenText(`lgw_${'_'.repeat(42)}8`)).toBe(true);
    // The same bytes to whoever decodes them.
    expect(isTokenText(`lgw_${'_'.repeat(42)}9`)).toBe(false);
    expect(new Set(Array.from({ length: 100 }, () => newTokenText())).size).toBe(100);
    for (let index = 0; index < 100; index++) expect(isTokenText(newTokenText())).toBe(true);
  });

  it('is stored as its hash and what it may do, and never itself', async () => {
    const token = await makeToken(store, { name: 'ci', role: 'operator', expiresAt: new Date('2027-01-01T00:00:00.000Z') });
    const { results } = await store.read({ ranges: [prefixRange(keys.prefix)] });
    const entries = results[0]?.entries ?? [];
    const hash = hashOf(token);
    expect(entries.map(({ key }) => key)).toEqual([`lochness/gateway/tokens/${hash.slice(0, 16)}`]);
    expect(JSON.parse(String(entries[0]?.value))).toEqual({
      hash,
      name: 'ci',
      role: 'operator',
      hypervisorId: null,
      createdAt: createdAt.toISOString(),
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
    expect(String(entries[0]?.value)).not.toContain(token.slice(4));
  });

  it('is no node, and no event tells of it', async () => {
    expect(openNodeOfKey(keys)(keys.token('abababababababab'))).toBeNull();
  });

  it('of an agent needs its hypervisor to be there', async () => {
    await expect(makeToken(store, { role: 'agent' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no hypervisor ${hypervisorId} under lochness/`,
    });
    expect(await idsOf()).toEqual([]);
    const key = keys.record('HYPERVISOR', hypervisorId);
    await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from('{}') }] });
    await makeToken(store, { role: 'agent' });
    expect(await listTokens({ store, keys })).toMatchObject([{ record: { role: 'agent', hypervisorId } }]);
  });

  it('is there when the answer to its commit was lost', async () => {
    const token = await makeToken(unreliableStore(store, ['replyLost']));
    expect(await idsOf()).toEqual([hashOf(token).slice(0, 16)]);
  });

  it('is told to nobody when nobody knows whether it was stored', async () => {
    const lost = makeToken(unreliableStore(store, ['requestLate']));
    await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } });
    await expect(makeToken(unreliableStore(store, ['unavailable']))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await idsOf()).toEqual([]);
  });
});

describe('revoking', () => {
  it('takes the id, or the token itself', async () => {
    const [one, two, three] = [await makeToken(store), await makeToken(store), await makeToken(store)];
    const [first = '', second, third] = await idsOf();
    expect(await revokeToken({ store, keys }, first)).toBe(first);
    expect(await revokeToken({ store, keys }, two)).toBe(second);
    expect(await idsOf()).toEqual([third]);
    expect([one, three].map((token) => hashOf(token).slice(0, 16))).toEqual([first, third]);
  });

  it('says when there is no such token, without repeating one', async () => {
    await makeToken(store);
    await expect(revokeToken({ store, keys }, 'ß')).rejects.toThrow('There is no token ß under lochness/: see "token list"');
    const half = newTokenText().slice(0, 30);
    const refusal = await revokeToken({ store, keys }, half).catch(String);
    expect(refusal).toContain('no whole one');
    expect(refusal).not.toContain(half);
    expect(await idsOf()).toHaveLength(1);
  });

  it('is done once when the answer was lost, and says so when nobody knows', async () => {
    const token = await makeToken(store);
    const unsure = revokeToken({ store: unreliableStore(store, ['requestLost']), keys }, token);
    await expect(unsure).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } });
    await revokeToken({ store: unreliableStore(store, ['replyLost']), keys }, token);
    expect(await idsOf()).toEqual([]);
  });
});

describe('the record of a token', () => {
  const hash = 'ab'.repeat(32);
  const key = keys.token('abababababababab');
  const record = { hash, name: 'ci', role: 'agent', hypervisorId, createdAt, expiresAt: null } as const;

  it('reads what it wrote, and leaves alone what it does not know', () => {
    expect(decodeTokenRecord({ key, value: encodeTokenRecord(record) })).toEqual(record);
    const more = Buffer.from(JSON.stringify({ ...record, more: 1 }));
    expect(decodeTokenRecord({ key, value: more })).toEqual(record);
  });

  it.each([
    ['no JSON', 'x', 'record'],
    ['no object', '1', 'record'],
    ['an unknown role', JSON.stringify({ ...record, role: 'root' }), 'role'],
    ['an agent of nothing', JSON.stringify({ ...record, hypervisorId: null }), 'hypervisorId'],
    ['a hypervisor without an agent', JSON.stringify({ ...record, role: 'admin' }), 'hypervisorId'],
    ['an odd hypervisor', JSON.stringify({ ...record, hypervisorId: 'HV' }), 'hypervisorId'],
    ['half a hash', JSON.stringify({ ...record, hash: 'ab' }), 'hash'],
    ['no time', JSON.stringify({ ...record, expiresAt: 'soon' }), 'expiresAt'],
    ['no end at all', JSON.stringify({ ...record, expiresAt: undefined }), 'expiresAt'],
    ['another one’s hash', JSON.stringify({ ...record, hash: 'cd'.repeat(32) }), 'another token'],
  ])('with %s lets nobody in', (_, text, problem) => {
    expect(() => decodeTokenRecord({ key, value: Buffer.from(text) })).toThrow(problem);
  });
});
