import { createRequire } from 'node:module';

/** An ordered map in memory, whose clones share what neither of the two has changed since. */
export type Tree<K, V> = import('sorted-btree').default<K, V>;
export type Compare<K> = (a: K, b: K) => number;

// Required, not imported: they are CommonJS, whose default export Node and bundlers hand over differently.
const require = createRequire(import.meta.url);
const { default: BTree }: typeof import('sorted-btree') = require('sorted-btree');
const { bulkLoad }: typeof import('sorted-btree/extended/bulkLoad.js') = require('sorted-btree/extended/bulkLoad.js');

const nodeSize = 32;

export function openTree<K, V>(compare: Compare<K>): Tree<K, V> {
  return new BTree<K, V>(undefined, compare, nodeSize);
}

/** Of what is in the order of its keys already: in a fifth of the time that it takes to put it one by one. */
export function treeOfSorted<K, V>(entries: readonly (readonly [K, V])[], compare: Compare<K>): Tree<K, V> {
  const keys = entries.map(([key]) => key);
  const values = entries.map(([, value]) => value);
  return bulkLoad<K, V>(keys, values, nodeSize, compare);
}

export function treeOfSortedKeys<K>(keys: readonly K[], compare: Compare<K>): Tree<K, undefined> {
  return bulkLoad<K, undefined>([...keys], new Array(keys.length), nodeSize, compare);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
