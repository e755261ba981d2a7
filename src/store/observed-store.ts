import { hasErrorCode } from '../errors.ts';
import type { StoreObserver, StoreOutcome, StoreRequest } from '../observer.ts';
import {
  type CommitResult,
  type Lease,
  type LeaseId,
  OutcomeUnknownError,
  type ReadRequest,
  type ReadResult,
  type Store,
  type StoreKind,
  type StoreStatus,
  type Transaction,
  type Watch,
  type WatchRequest,
} from './store.ts';

/** The same store, whose requests somebody is told of. */
export class ObservedStore implements Store {
  readonly kind: StoreKind;
  readonly #store: Store;
  readonly #observer: StoreObserver;

  constructor(store: Store, observer: StoreObserver) {
    this.kind = store.kind;
    this.#store = store;
    this.#observer = observer;
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.#observe('read', () => this.#store.read(request), request.signal);
  }

  commit(transaction: Transaction): Promise<CommitResult> {
    return this.#observe('commit', () => this.#store.commit(transaction));
  }

  watch(request: WatchRequest): Promise<Watch> {
    return this.#observe('watch', () => this.#store.watch(request), request.signal);
  }

  grantLease(ttlSeconds: number): Promise<Lease> {
    return this.#observe('lease', () => this.#store.grantLease(ttlSeconds));
  }

  keepLeaseAlive(leaseId: LeaseId): Promise<Lease> {
    return this.#observe('lease', () => this.#store.keepLeaseAlive(leaseId));
  }

  revokeLease(leaseId: LeaseId): Promise<void> {
    return this.#observe('lease', () => this.#store.revokeLease(leaseId));
  }

  leaseTimeToLive(leaseId: LeaseId): Promise<number | null> {
    return this.#observe('lease', () => this.#store.leaseTimeToLive(leaseId));
  }

  status(signal?: AbortSignal): Promise<StoreStatus> {
    return this.#store.status(signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #observe<T>(request: StoreRequest, send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const end = this.#observer.begin(request, this.kind);
    try {
      const result = await send();
      end(isRefused(result) ? 'refused' : 'ok');
      return result;
    } catch (error) {
      end(signal?.aborted === true ? 'aborted' : outcomeOf(error));
      throw error;
    }
  }
}

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'committed' in result && result.committed === false;
}

function outcomeOf(error: unknown): StoreOutcome {
  if (error instanceof OutcomeUnknownError) return 'unknown';
  if (hasErrorCode(error, 'STORE_UNAVAILABLE')) return 'unavailable';
  return hasErrorCode(error, 'REVISION_COMPACTED') ? 'compacted' : 'error';
}
