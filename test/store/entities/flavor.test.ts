import { describe, expect, it } from 'vitest';
import { decodeFlavor, encodeFlavor } from '../../../src/store/entities/flavor.ts';
import { id, reasonOf, source } from './fixture.ts';

const image = '8428183c-3fae-4166-acbd-7cc3ba26c55e';

function decode(json: string, name = id) {
  return decodeFlavor(source(json, { folder: 'flavors', name }));
}

describe('decodeFlavor', () => {
  it('reads a flavor with the largest numbers', () => {
    expect(
      decode(`{"image":"${image}","metadata":null,"memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295}`),
    ).toEqual({
      kind: 'FLAVOR',
      id,
      revision: 7,
      directory: `lochness/flavors/${id}/`,
      metadata: {},
      imageId: image,
      resources: { memory: 18446744073709551615n, disk: 9007199254740993n, cpu: 4294967295n },
    });
  });

  it('reads one under an upper-case key, with an image that is a URN', () => {
    const flavor = decode(`{"image":"URN:UUID:${image.toUpperCase()}"}`, 'AABBCCDD-EEFF-4011-8022-AABBCCDDEEFF');
    expect(flavor).toMatchObject({
      id: 'aabbccdd-eeff-4011-8022-aabbccddeeff',
      directory: 'lochness/flavors/AABBCCDD-EEFF-4011-8022-AABBCCDDEEFF/',
      imageId: image,
      resources: { memory: 0n, disk: 0n, cpu: 0n },
    });
  });

  it.each([
    ['{}', 'image is missing'],
    ['{"image":"debian"}', 'image is "debian", which is no UUID'],
    [`{"image":"${image}","memory":1e3}`, 'memory is 1e3, which is no unsigned 64-bit number'],
    [`{"image":"${image}","cpu":1.5}`, 'cpu is 1.5, which is no unsigned 32-bit number'],
  ])('refuses %s: %s', (json, reason) => {
    expect(reasonOf(() => decode(json))).toBe(reason);
  });
});

describe('encodeFlavor', () => {
  it('writes large numbers in full', () => {
    const json = `{"id":"${id}","image":"${image}","metadata":{"name":"big"},"memory":18446744073709551615,"disk":9007199254740993,"cpu":4294967295}`;
    expect(encodeFlavor(decode(json)).toString()).toBe(json);
  });
});
