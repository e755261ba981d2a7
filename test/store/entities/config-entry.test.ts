import { describe, expect, it } from 'vitest';
import { decodeConfigEntry, encodeConfigEntry } from '../../../src/store/entities/config-entry.ts';
import type { RecordSource } from '../../../src/store/entities/entity.ts';
import { entry, reasonOf } from './fixture.ts';

function sourceOf(key: string, value: string | Buffer): RecordSource {
  const record = entry(`lochness/config/${key}`, value);
  return { id: key, directory: record.key, record };
}

describe('decodeConfigEntry', () => {
  it.each([
    ['dhcp/dns/primary', '8.8.8.8'],
    ['empty', ''],
    ['html', '<a href="x">&amp;</a> é 🦕'],
    ['ünï/🦕', '{"not":"a record"}'],
  ])('reads %s', (key, value) => {
    expect(decodeConfigEntry(sourceOf(key, value))).toEqual({ kind: 'CONFIG', id: `config:${key}`, revision: 7, key, value });
    expect(encodeConfigEntry({ value }).toString()).toBe(value);
  });

  it('refuses a value, or a key, that is not UTF-8', () => {
    expect(reasonOf(() => decodeConfigEntry(sourceOf('a', Buffer.from([0xff]))))).toBe('it is not UTF-8');
    const record = { ...entry('x', ''), key: 'lochness/config/\xff' };
    expect(reasonOf(() => decodeConfigEntry({ id: '\ufffd', directory: record.key, record }))).toBe('its key is not UTF-8');
  });
});
