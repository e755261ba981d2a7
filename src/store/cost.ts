import type { ReadCost } from './store.ts';

export const noCost: ReadCost = { waves: 0, transactions: 0, keys: 0, bytes: 0 };

export function addCosts(a: ReadCost, b: ReadCost): ReadCost {
  return {
    waves: a.waves + b.waves,
    transactions: a.transactions + b.transactions,
    keys: a.keys + b.keys,
    bytes: a.bytes + b.bytes,
  };
}
