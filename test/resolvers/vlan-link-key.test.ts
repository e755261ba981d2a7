import { describe, expect, it } from 'vitest';
import { type LinkKey, wholeLinks } from '../../src/resolvers/mutation/vlan-link-key.ts';

/** The keys of links to so many groups, each group by its place. */
function keysOf(...counts: readonly number[]): LinkKey[] {
  return counts.flatMap((count, group) =>
    Array.from({ length: count }, (_, side) => ({ key: `${group}.${side}`, tag: '42', groupId: String(group) })),
  );
}

function sides(groups: number): number[] {
  return Array.from({ length: groups }, () => 2);
}

describe('wholeLinks', () => {
  it('takes all links that fit into one commit', () => {
    const keys = keysOf(...sides(60));
    expect(wholeLinks(keys, 'groupId')).toEqual(keys.map(({ key }) => key));
    expect(wholeLinks([], 'groupId')).toEqual([]);
  });

  it('never takes one side of a link without the other', () => {
    expect(wholeLinks(keysOf(...sides(59), 3), 'groupId')).toHaveLength(118);
    expect(wholeLinks(keysOf(1, ...sides(60)), 'groupId')).toHaveLength(119);
  });

  it('knows both sides of a link wherever they stand', () => {
    const keys = keysOf(...sides(61));
    const apart = [...keys.filter((_, index) => index % 2 === 0), ...keys.filter((_, index) => index % 2 === 1)];
    expect(new Set(wholeLinks(apart, 'groupId'))).toEqual(new Set(keys.slice(0, 120).map(({ key }) => key)));
  });
});
