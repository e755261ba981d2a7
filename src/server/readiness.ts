import type { Catalog } from '../store/catalog/index.ts';
import type { Revision, Store, StoreKind } from '../store/store.ts';

/** A store that takes longer to say how it is can't serve. */
export const readinessTimeoutMs = 1000;

export type Readiness =
  | { readonly status: 'ready'; readonly store: StoreKind; readonly revision: Revision }
  | { readonly status: 'draining'; readonly reason: string }
  | { readonly status: 'unavailable'; readonly reason: string };

export interface ReadinessOptions {
  readonly store: Store;
  /** What serves its reads, once it is loaded; null: the store itself. */
  readonly catalog?: Catalog | null;
  readonly isStopping: () => boolean;
  readonly timeoutMs?: number;
}

/** Asks the store whether this gateway can serve. Probes that come together share one question to the store. */
export function openReadiness({
  store,
  catalog = null,
  isStopping,
  timeoutMs = readinessTimeoutMs,
}: ReadinessOptions): () => Promise<Readiness> {
  let asking: Promise<Readiness> | null = null;
  // Once is enough: what is loaded anew later is read from the store meanwhile.
  let isLoaded = catalog === null;
  void catalog?.loaded.then(() => {
    isLoaded = true;
  });

  async function ask(): Promise<Readiness> {
    const signal = AbortSignal.timeout(timeoutMs);
    const status = await Promise.race([store.status(signal), nothingAfter(signal)]);
    if (status === null)
      return { status: 'unavailable', reason: `The ${store.kind} store did not answer within ${timeoutMs} ms` };
    if (!status.healthy) {
      // In whose words would be told to everybody: the log alone has them.
      const what = status.isRefusing === true ? 'refuses what this gateway asks: its log says why' : "can't be reached";
      return { status: 'unavailable', reason: `The ${store.kind} store ${what}` };
    }
    if (!isLoaded) return { status: 'unavailable', reason: 'The cluster is still being loaded into memory' };
    return { status: 'ready', store: store.kind, revision: status.revision };
  }

  return async () => {
    if (isStopping()) return { status: 'draining', reason: 'The gateway is shutting down' };
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}

function nothingAfter(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}
