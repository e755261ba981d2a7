import type { Services } from '../context.ts';
import { noCost } from '../store/cost.ts';
import type { Keys } from '../store/keys.ts';
import { openLoaders } from '../store/loaders.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { openFreshView, type View } from '../store/view.ts';

/**
 * A view whose revision is known before anything is read in it, where it is in memory. Where the store does not answer, one in which
 * each read says so at once: fields that read nothing are answered all the same, and nobody waits for the same silence twice.
 */
export async function openProvedView({ store, catalog, keys }: Services, signal: AbortSignal): Promise<View> {
  try {
    return await openFreshView({ store, catalog, keys, signal });
  } catch (error) {
    return openFailedView(error, keys);
  }
}

/** One in which each read fails with this error. */
export function openFailedView(error: unknown, keys: Keys): View {
  const fail = (): Promise<never> => Promise.reject(error);
  const snapshot: Snapshot = {
    revision: fail,
    pinnedRevision: null,
    chosenRevision: null,
    isHistorical: false,
    get: fail,
    list: fail,
    catalog: fail,
    leaseTimeToLive: fail,
    cost: noCost,
  };
  return { snapshot, loaders: openLoaders({ snapshot, keys }) };
}
