import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import type { Keys } from '../keys.ts';
import type { KeyspaceView } from '../keyspace.ts';
import type { Memory } from '../memory.ts';
import { type Key, prefixRange } from '../range.ts';
import type { Revision, WatchBatch } from '../store.ts';
import type { Catalog } from './catalog.ts';
import { CatalogState } from './catalog-state.ts';
import type { CatalogView } from './catalog-view.ts';
import { StateView } from './state-view.ts';

export interface CatalogOptions {
  readonly memory: Memory;
  readonly keys: Keys;
  readonly log: Logger;
}

interface Live {
  readonly state: CatalogState;
  revision: Revision;
}

/** Keys and commits that are followed in one turn of the event loop: a few milliseconds. */
const keysPerTurn = 500;
const commitsPerTurn = 100;

/** Begins to load what the memory holds, or as soon as it holds something; from then on it follows each commit in its moment. */
export function openCatalog({ memory, keys, log }: CatalogOptions): Catalog {
  let live: Live | null = null;
  let view: CatalogView | null = null;
  let loads = 0;
  let isClosed = false;
  let settleLoaded: () => void = () => undefined;
  const loaded = new Promise<void>((resolve) => {
    settleLoaded = resolve;
  });
  const stop = memory.onChange(follow);
  begin();

  function follow(batch: WatchBatch | null): void {
    if (batch === null) begin();
    else if (live !== null) followLive(live, batch);
  }

  function followLive(live: Live, batch: WatchBatch): void {
    const newest = memory.newest();
    if (newest === null) throw new Error('A commit came, but nothing is in memory');
    view = null;
    live.state.follow(batch.changes, newest);
    live.revision = batch.revision;
  }

  function begin(): void {
    live = null;
    view = null;
    const first = memory.newest();
    const load = ++loads;
    if (first !== null) void loadFrom(first, () => load === loads && !isClosed);
  }

  async function loadFrom(first: KeyspaceView, isWanted: () => boolean): Promise<void> {
    const startedAt = performance.now();
    const state = new CatalogState(keys);
    if (!(await loadAll(state, first, isWanted))) return;
    await goLive(state, first.revision, isWanted);
    if (live?.state !== state) return;
    log.info({ revision: live.revision, ms: Math.round(performance.now() - startedAt) }, 'the cluster is in memory');
    settleLoaded();
    // Who asks first does not have to wait for all of them.
    await state.warmUp(async () => {
      await nextTurn();
      return live?.state === state;
    });
  }

  /** Whether all was loaded, and is still wanted. */
  async function loadAll(state: CatalogState, first: KeyspaceView, isWanted: () => boolean): Promise<boolean> {
    const { start, end } = prefixRange(keys.prefix);
    for (let from: Key | null = start; from !== null && isWanted(); ) {
      const entries = first.list({ start: from, end }, keysPerTurn);
      // A directory may go on in the next part: what is updated twice is the same twice.
      state.follow(
        entries.map((current) => ({ key: current.key, current })),
        first,
      );
      const last = entries.length < keysPerTurn ? undefined : entries.at(-1);
      // The next key that there can be: it ends with the lowest byte.
      from = last === undefined ? null : `${last.key}\0`;
      await nextTurn();
    }
    await state.endLoading(nextTurn);
    return isWanted();
  }

  /** Follows what was committed meanwhile. Live it is in the very moment in which it has caught up: no commit may come between. */
  async function goLive(state: CatalogState, from: Revision, isWanted: () => boolean): Promise<void> {
    for (let revision = from; isWanted(); await nextTurn()) {
      const batches = memory.since(revision, commitsPerTurn);
      // What it needs next is not kept any more: it took too long to load.
      if (batches === null) return begin();
      for (const batch of batches) {
        const behind = memory.at(batch.revision);
        if (behind === null) return begin();
        state.follow(batch.changes, behind);
        revision = batch.revision;
      }
      if (batches.length < commitsPerTurn) {
        live = { state, revision };
        return;
      }
    }
  }

  return {
    memory,
    newest() {
      if (live === null) return null;
      view ??= new StateView(live.state, live.revision);
      return view;
    },
    loaded,
    close() {
      isClosed = true;
      live = null;
      view = null;
      stop();
      settleLoaded();
    },
  };
}
