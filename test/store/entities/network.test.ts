import { describe, expect, it } from 'vitest';
import { decodeNetwork, encodeNetwork } from '../../../src/store/entities/network.ts';
import { id, reasonOf, source } from './fixture.ts';

describe('decodeNetwork', () => {
  it('reads a network, and one without metadata', () => {
    const network = decodeNetwork(
      source('{"metadata":{"name":"prod \\u003cfront\\u003e","ünïcode":"日本語 \\u2028"}}', { folder: 'networks' }),
    );
    expect(network).toEqual({
      kind: 'NETWORK',
      id,
      revision: 7,
      directory: `lochness/networks/${id}/`,
      metadata: { name: 'prod <front>', ünïcode: '日本語 \u2028' },
    });
    expect(decodeNetwork(source('{"metadata":null}')).metadata).toEqual({});
    expect(decodeNetwork(source('{}')).metadata).toEqual({});
  });

  it('refuses metadata that are no texts', () => {
    expect(reasonOf(() => decodeNetwork(source('{"metadata":{"a":{"b":"c"}}}')))).toBe(
      'metadata.a is {"b":"c"}, which is no text',
    );
  });
});

describe('encodeNetwork', () => {
  it('writes an object where there are no metadata, never null', () => {
    expect(encodeNetwork({ id, metadata: {} }).toString()).toBe(`{"id":"${id}","metadata":{}}`);
  });
});
