import type { Catalog } from './catalog/index.ts';
import type { Keys } from './keys.ts';
import { type Loaders, openLoaders } from './loaders.ts';
import { openSnapshot, type Snapshot, type SnapshotOptions } from './snapshot.ts';
import type { Revision, Store } from './store.ts';

/** The store at one revision, and the nodes that were read there. */
export interface View {
  readonly snapshot: Snapshot;
  readonly loaders: Loaders;
}

export function openView({ keys, ...options }: SnapshotOptions & { readonly keys: Keys }): View {
  const snapshot = openSnapshot(options);
  let loaders: Loaders | null = null;
  return {
    snapshot,
    // Who only asks for the revision needs none.
    get loaders() {
      loaders ??= openLoaders({ snapshot, keys });
      return loaders;
    },
  };
}

/** A view of the newest state, which is pinned and proved fresh where that is in memory. Elsewhere the first read pins it, as in any other. */
export async function openFreshView(options: SharedViewOptions & { readonly signal?: AbortSignal }): Promise<View> {
  const view = openView(options);
  await view.snapshot.catalog();
  return view;
}

export interface SharedViews {
  /** The same view for all who ask while it is kept. Its reads belong to nobody alone: no signal ends them. */
  at(revision: Revision): View;
  /** A read in it failed: whoever asks again must not meet that failure again. */
  drop(revision: Revision): void;
}

/** Events of many subscribers come at the same revision at the same time: what one of them reads there, all others have. */
const mostViews = 16;
const keptMs = 1000;
/** Of all that was read in them: lists of a large cluster are not to be held for who comes late. */
const mostBytes = 16 * 1024 * 1024;

export interface SharedViewOptions {
  readonly store: Store;
  readonly catalog?: Catalog | null;
  readonly keys: Keys;
}

export function openSharedViews({ store, catalog = null, keys }: SharedViewOptions): SharedViews {
  const views = new Map<Revision, View>();

  function forget(): void {
    let bytes = 0;
    // The newest are worth most.
    for (const [revision, { snapshot }] of [...views].reverse()) {
      bytes += snapshot.cost.bytes;
      if (bytes > mostBytes) views.delete(revision);
    }
    for (const oldest of views.keys()) {
      if (views.size <= mostViews) return;
      views.delete(oldest);
    }
  }

  return {
    at(revision) {
      const known = views.get(revision);
      if (known !== undefined) return known;
      const view = openView({ store, catalog, keys, at: revision });
      views.set(revision, view);
      forget();
      setTimeout(() => views.get(revision) === view && views.delete(revision), keptMs).unref();
      return view;
    },
    drop: (revision) => void views.delete(revision),
  };
}
