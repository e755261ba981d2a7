import { hasErrorCode } from '../../src/errors.ts';
import { commitOnce, type OnceTransaction } from '../../src/store/outcome.ts';
import type { Store } from '../../src/store/store.ts';
import { wholeFrom } from './random.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/**
 * Increments `counter` with compare and swap, as one operation. True: it was told to be done; false: that nothing was changed. Any
 * other end is an error, since nobody else increments.
 */
export async function increment(store: Store, token: string): Promise<boolean> {
  const transaction = await nextIncrement(store);
  try {
    const { outcome } = await commitOnce(store, transaction, { token, value: Buffer.from('done') });
    if (outcome === 'committed') return true;
    throw new Error(`An increment was ${outcome}`);
  } catch (error) {
    if (hasErrorCode(error, 'STORE_UNAVAILABLE') && error.details.outcome === undefined) return false;
    throw error;
  }
}

export interface IncrementOptions {
  /** Whose connection goes through the proxy. */
  readonly store: Store;
  readonly proxy: TcpProxy;
  readonly operations: number;
  readonly random: () => number;
}

export interface IncrementsTold {
  /** Operations that were told to be done, and that were told to have changed nothing. */
  readonly committed: number;
  readonly unchanged: number;
  readonly cuts: number;
}

/** Increments again and again while the connection is cut at random points. */
export async function incrementOften({ store, proxy, operations, random }: IncrementOptions): Promise<IncrementsTold> {
  let committed = 0;
  let cuts = 0;
  for (let operation = 0; operation < operations; operation++) {
    if (random() < 0.7) {
      const direction = random() < 0.5 ? 'toServer' : 'toClient';
      void proxy.cutAfter(direction, wholeFrom(random, 0, direction === 'toServer' ? 800 : 400)).then(() => {
        cuts += 1;
      });
    }
    committed += (await increment(store, `increments/${operation}`)) ? 1 : 0;
  }
  return { committed, unchanged: operations - committed, cuts };
}

async function nextIncrement(store: Store): Promise<OnceTransaction> {
  const { results } = await store.read({ ranges: [{ start: 'counter' }] });
  const entry = results[0]?.entries[0];
  const next = Number(entry?.value.toString() ?? '0') + 1;
  return {
    compares: [{ target: 'modRevision', range: { start: 'counter' }, is: '=', number: entry?.modRevision ?? 0 }],
    writes: [{ type: 'put', key: 'counter', value: Buffer.from(String(next)) }],
  };
}
