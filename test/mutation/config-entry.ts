import { expect, it } from 'vitest';
import { keyFromText } from '../../src/store/range.ts';
import { prefix } from '../support/gateway-schema.ts';
import type { Space } from './mutation-contract.ts';

const set = `mutation ($key: String!, $value: String!, $ifRevision: Revision) {
  setConfig(key: $key, value: $value, ifRevision: $ifRevision) { entry { id key value revision } }
}`;
const remove = `mutation ($key: String!, $ifRevision: Revision) {
  deleteConfig(key: $key, ifRevision: $ifRevision) { deletedId revision }
}`;
const key = 'dhcp/dns/primary';
const path = `config/${key}`;

export function configMutations(space: Space): void {
  it.each([
    ['a setting', key, '8.8.8.8'],
    ['an empty one', 'é', ''],
    ['the longest one', `${'k'.repeat(1022)}é`, 'x'.repeat(64 * 1024)],
    ['one whose name looks odd', '.../a b/..x', '<a href="x">&amp;</a>\n🦕'],
  ])('sets %s as its text', async (_what, name, value) => {
    const { query, changesOf, revision } = space();
    const changes = await changesOf(async () => {
      const data = await query(set, { variables: { key: name, value } });
      expect(data.setConfig.entry).toEqual({ id: `config:${name}`, key: name, value, revision: String(await revision()) });
    });
    expect(changes).toEqual({ [`config/${name}`]: value });
  });

  it.each(['', '/', '/a', 'a/', 'a//b', '.', 'a/.', '..', '../a', 'a/../b', 'k'.repeat(1025), `${'k'.repeat(1023)}é`, 'a\udc00'])(
    'refuses the key %j',
    async (name) => {
      const { errorsOf, changesOf } = space();
      const changes = await changesOf(async () => {
        const errors = await errorsOf(set, { variables: { key: name, value: '' } });
        expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'key', path: 'setConfig' }]);
      });
      expect(changes).toEqual({});
    },
  );

  it.each(['x'.repeat(64 * 1024 + 1), 'é'.repeat(32 * 1024 + 1), '\ud83e'])(
    'refuses a value that is too long or no text',
    async (value) => {
      const { errorsOf, changesOf } = space();
      const changes = await changesOf(async () => {
        const errors = await errorsOf(set, { variables: { key, value } });
        expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'value', path: 'setConfig' }]);
      });
      expect(changes).toEqual({});
    },
  );

  it('writes nothing when the value is the one that is stored', async () => {
    const { put, query } = space();
    const stored = await put(path, 'x');
    const data = await query(set, { variables: { key, value: 'x' } });
    expect(data.setConfig.entry.revision).toBe(String(stored));
  });

  it('sets and deletes a value only at the revision that is asked for', async () => {
    const { put, query, errorsOf, changesOf } = space();
    const old = await put(path, 'a');
    const now = await put(path, 'b');
    const conflict = { code: 'CONFLICT', expected: String(old), actual: String(now) };
    const stale = { key, value: 'c', ifRevision: String(old) };
    const changes = await changesOf(async () => {
      expect(await errorsOf(set, { variables: stale })).toEqual([{ ...conflict, path: 'setConfig' }]);
      expect(await errorsOf(remove, { variables: stale })).toEqual([{ ...conflict, path: 'deleteConfig' }]);
    });
    expect(changes).toEqual({});
    const data = await query(set, { variables: { key, value: 'c', ifRevision: String(now) } });
    const { revision } = data.setConfig.entry;
    expect((await query(remove, { variables: { key, ifRevision: revision } })).deleteConfig.deletedId).toBe(`config:${key}`);
  });

  it('sets a key that is absent at no revision, and deletes none', async () => {
    const { errorsOf, changesOf } = space();
    const missing = { code: 'NOT_FOUND', kind: 'CONFIG', id: `config:${key}` };
    const changes = await changesOf(async () => {
      expect(await errorsOf(set, { variables: { key, value: '', ifRevision: '1' } })).toEqual([
        { ...missing, path: 'setConfig' },
      ]);
      expect(await errorsOf(remove, { variables: { key } })).toEqual([{ ...missing, path: 'deleteConfig' }]);
      expect(await errorsOf(set, { variables: { key, value: '', ifRevision: null } })).toEqual([
        { code: 'BAD_USER_INPUT', field: 'ifRevision', path: 'setConfig' },
      ]);
    });
    expect(changes).toEqual({});
  });

  it('deletes the one key alone', async () => {
    const { putAll, query, changesOf, revision } = space();
    await putAll({ [path]: 'x', [`${path}/more`]: '', [`${path}2`]: '', 'config/dhcp': '' });
    const changes = await changesOf(async () => {
      const data = await query(remove, { variables: { key } });
      expect(data.deleteConfig).toEqual({ deletedId: `config:${key}`, revision: String(await revision()) });
    });
    expect(changes).toEqual({ [path]: null });
  });

  it.each(['/', 'a//b', '..', 'a/../b', 'k'.repeat(1025)])('deletes the key %j that another tool stored', async (name) => {
    const { put, query, entries } = space();
    await put(`config/${name}`, 'x');
    await query(remove, { variables: { key: name } });
    expect(await entries()).toEqual({});
  });

  it.each(['', 'a\udc00'])('deletes nothing by the key %j, which no setting has', async (name) => {
    const { put, errorsOf, changesOf } = space();
    await put(`config/${name.replace('\udc00', '\ufffd')}`, 'x');
    const changes = await changesOf(async () => {
      const errors = await errorsOf(remove, { variables: { key: name } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'key', path: 'deleteConfig' }]);
    });
    expect(changes).toEqual({});
  });

  it('sets and deletes a value that cannot be read', async () => {
    const { store, query, entries } = space();
    const unreadable = { type: 'put', key: keyFromText(prefix + path), value: Buffer.of(0xff) } as const;
    await store.commit({ compares: [], writes: [unreadable] });
    const data = await query(set, { variables: { key, value: 'x' } });
    expect(data.setConfig.entry.value).toBe('x');
    await store.commit({ compares: [], writes: [unreadable] });
    await query(remove, { variables: { key } });
    expect(await entries()).toEqual({});
  });

  it('judges a revision by what is stored at its commit', async () => {
    const { raced, put, entries } = space();
    const old = await put(path, 'a');
    let now = 0;
    const gateway = await raced(async () => {
      now = await put(path, 'b');
    });
    const errors = await gateway.errorsOf(remove, { variables: { key, ifRevision: String(old) } });
    expect(errors).toEqual([{ code: 'CONFLICT', expected: String(old), actual: String(now), path: 'deleteConfig' }]);
    const another = await raced(() => put(path, 'c'));
    await another.query(set, { variables: { key, value: 'd' } });
    expect(await entries()).toEqual({ [path]: 'd' });
  });

  it('does not bring back a setting that is deleted at the same time', async () => {
    const { raced, put, remove: drop, entries } = space();
    const stored = await put(path, 'a');
    const gateway = await raced(() => drop(path));
    const errors = await gateway.errorsOf(set, { variables: { key, value: 'b', ifRevision: String(stored) } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind: 'CONFIG', id: `config:${key}`, path: 'setConfig' }]);
    expect(await entries()).toEqual({});
  });
}
