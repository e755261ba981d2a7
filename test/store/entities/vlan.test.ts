import { describe, expect, it } from 'vitest';
import { decodeVLAN, encodeVLAN, tagOf } from '../../../src/store/entities/vlan.ts';
import { decodeVLANGroup, encodeVLANGroup } from '../../../src/store/entities/vlan-group.ts';
import { id, reasonOf, source } from './fixture.ts';

describe('tagOf', () => {
  it.each([
    ['1', 1],
    ['42', 42],
    ['4095', 4095],
    ['0', null],
    ['4096', null],
    ['042', null],
    ['-1', null],
    ['+1', null],
    ['1e3', null],
    ['1.0', null],
    ['', null],
    ['40950', null],
    ['١', null],
  ])('%j: %s', (text, tag) => {
    expect(tagOf(text)).toBe(tag);
  });
});

describe('decodeVLAN', () => {
  it('has its tag from its key, whatever its record says', () => {
    expect(decodeVLAN(source('{"tag":7,"description":"the \\u003canswer\\u003e"}', { folder: 'vlans', name: '42' }))).toEqual({
      kind: 'VLAN',
      id: 'vlan:42',
      revision: 7,
      directory: 'lochness/vlans/42/',
      tag: 42,
      description: 'the <answer>',
    });
  });

  it('needs no description', () => {
    expect(decodeVLAN(source('{}', { folder: 'vlans', name: '4095' }))).toMatchObject({ tag: 4095, description: '' });
  });

  it('refuses a key that says no tag', () => {
    expect(reasonOf(() => decodeVLAN(source('{}', { folder: 'vlans', name: '4096' })))).toBe(
      'its key says 4096, which is no VLAN tag from 1 to 4095',
    );
  });

  it('refuses a description that is no text', () => {
    expect(reasonOf(() => decodeVLAN(source('{"description":5}', { folder: 'vlans', name: '1' })))).toBe(
      'description is 5, which is no text',
    );
  });

  it('is written with its tag as a number', () => {
    expect(encodeVLAN({ tag: 42, description: '' }).toString()).toBe('{"tag":42,"description":""}');
  });
});

describe('decodeVLANGroup', () => {
  it('reads a group, and is written the same', () => {
    const json = `{"id":"${id}","description":"one & two","metadata":{"k":"v"}}`;
    const group = decodeVLANGroup(source(json, { folder: 'vlangroups' }));
    expect(group).toEqual({
      kind: 'VLAN_GROUP',
      id,
      revision: 7,
      directory: `lochness/vlangroups/${id}/`,
      description: 'one & two',
      metadata: { k: 'v' },
    });
    expect(encodeVLANGroup(group).toString()).toBe(json);
  });
});
