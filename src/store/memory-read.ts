import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyspaceView } from './keyspace.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Range } from './range.ts';
import type { KeyValue } from './store.ts';

/** Entries read in one turn of the event loop: about half a millisecond. */
const turnEntries = 2_000;

/** All entries of a range in key order. A long one gives way to others, so that it holds up nobody. */
export function listInMemory(keys: KeyspaceView, range: Range, signal?: AbortSignal): MaybePromise<readonly KeyValue[]> {
  const entries = keys.list(range, turnEntries);
  return entries.length < turnEntries ? entries : listOn(keys, { range, entries, signal });
}

interface BegunList {
  readonly range: Range;
  readonly entries: KeyValue[];
  readonly signal: AbortSignal | undefined;
}

async function listOn(keys: KeyspaceView, { range, entries, signal }: BegunList): Promise<readonly KeyValue[]> {
  for (let last = entries.at(-1); last !== undefined; ) {
    await nextTurn();
    signal?.throwIfAborted();
    // The next key that there can be: it ends with the lowest byte.
    const more = keys.list({ ...range, start: `${last.key}\0` }, turnEntries);
    for (const entry of more) entries.push(entry);
    last = more.length < turnEntries ? undefined : more.at(-1);
  }
  return entries;
}
