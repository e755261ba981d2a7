import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePositions as positionComparison } from '../../../src/resolvers/ordering.ts';
import { GroupedNodes } from '../../../src/store/catalog/grouped-nodes.ts';
import type { SetPosition, SortedNodes } from '../../../src/store/catalog/node-set.ts';
import { OrderedNodes } from '../../../src/store/catalog/ordered-nodes.ts';
import { comparePositions, type Placed } from '../../../src/store/catalog/placed.ts';
import { sortByValue } from '../../../src/store/catalog/sort-by-value.ts';

interface Node {
  readonly id: string;
  readonly group: string | null;
}

const groups = [null, '', 'a', 'b'] as const;
const sortKeys = fc.constantFrom(null, '', 'A', 'B', 'a', 'ä', '\u{1f600}');
const placed: fc.Arbitrary<Placed<Node>> = fc
  .tuple(fc.nat(400), sortKeys, fc.constantFrom(...groups))
  .map(([number, sortKey, group]) => placedOf({ id: `id ${number}`, group }, sortKey));
/** So many that the trees have several levels. */
const many = fc.uniqueArray(placed, { selector: ({ id }) => id, minLength: 0, maxLength: 300, size: 'max' });
const position: fc.Arbitrary<SetPosition> = fc.record({ sortKey: sortKeys, id: fc.nat(400).map((number) => `id ${number}`) });
const changes = fc.array(placed, { maxLength: 200, size: 'max' });
const itself = <T>(node: T) => node;

function placedOf(node: Node, sortKey: string | null): Placed<Node> {
  return { sortKey, id: node.id, node };
}

/** Both ways, from both ends and from a position that may be that of a node, or of none. */
function expectAsSorted(sorted: SortedNodes<Node>, expected: readonly Placed<Node>[], from: SetPosition): void {
  expect(sorted.size).toBe(expected.length);
  for (const direction of ['ASC', 'DESC'] as const) {
    const compare = positionComparison(direction);
    const all = expected.toSorted(compare);
    expect([...sorted.forward(direction, null)]).toEqual(all.map(({ node }) => node));
    expect([...sorted.backward(direction, null)]).toEqual(all.map(({ node }) => node).reverse());
    const after = all.filter((one) => compare(one, from) > 0);
    expect([...sorted.forward(direction, from)]).toEqual(after.map(({ node }) => node));
    const before = all.filter((one) => compare(one, from) < 0);
    expect([...sorted.backward(direction, from)]).toEqual(before.map(({ node }) => node).reverse());
  }
}

/** The nodes are loaded, and changed one after the other: each that is there already goes, to come back elsewhere the next time. */
function change(
  loaded: readonly Placed<Node>[],
  changes: readonly Placed<Node>[],
  tree: Changed,
): ReadonlyMap<string, Placed<Node>> {
  const now = new Map(loaded.map((one) => [one.id, one]));
  for (const one of changes) {
    const former = now.get(one.id);
    if (former === undefined) {
      tree.add(one);
      now.set(one.id, one);
    } else {
      tree.remove(former);
      now.delete(one.id);
    }
  }
  return now;
}

interface Changed {
  add(one: Placed<Node>): void;
  remove(one: Placed<Node>): void;
}

describe('nodes in an order', () => {
  it('stand as a sort puts them, from any position in both directions', () => {
    const property = fc.property(many, changes, position, (loaded, changes, from) => {
      const nodes = OrderedNodes.load(loaded.toSorted(comparePositions));
      const now = change(loaded, changes, nodes);
      expectAsSorted(nodes.nodes(itself), [...now.values()], from);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('are those of their moment, whatever becomes of those that they were cloned from', () => {
    const property = fc.property(many, changes, changes, position, (loaded, first, second, from) => {
      const nodes = OrderedNodes.load(loaded.toSorted(comparePositions));
      const then = change(loaded, first, nodes);
      const clone = nodes.clone();
      const now = change([...then.values()], second, nodes);
      expectAsSorted(clone.nodes(itself), [...then.values()], from);
      expectAsSorted(nodes.nodes(itself), [...now.values()], from);
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('can be walked a little and left, and walked anew', () => {
    const nodes = OrderedNodes.load([placedOf({ id: '1', group: null }, 'a'), placedOf({ id: '2', group: null }, 'b')]);
    const sorted = nodes.nodes(itself);
    for (let round = 0; round < 2; round++) expect(sorted.forward('DESC', null).next().value).toMatchObject({ id: '2' });
  });
});

describe('nodes in groups', () => {
  it('stand in each group as a sort puts them, from any position in both directions', () => {
    const property = fc.property(many, changes, position, (loaded, changes, from) => {
      const { sorted } = sortByValue(loaded.toSorted(comparePositions), ({ node }) => node.group);
      const grouped = GroupedNodes.load<Node, 'group'>('group', sorted);
      const clone = grouped.clone();
      const now = [...change(loaded, changes, grouped).values()];
      for (const [tree, all] of [
        [clone, loaded],
        [grouped, now],
      ] as const) {
        for (const value of [...groups, 'no such group']) {
          const expected = all.filter(({ node }) => node.group === value);
          expectAsSorted(tree.group(value, { size: expected.length, newestOf: itself }), expected, from);
        }
      }
    });
    fc.assert(property, { numRuns: 40 });
  });
});
