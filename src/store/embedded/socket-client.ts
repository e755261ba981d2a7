import { Agent } from 'node:http';
import { resolve } from 'node:path';
import { GatewayError } from '../../errors.ts';
import {
  type CommitResult,
  type KeyValue,
  type Lease,
  type LeaseId,
  OutcomeUnknownError,
  type ReadRequest,
  type ReadResult,
  type Revision,
  type Store,
  type StoreStatus,
  type Transaction,
  type Watch,
  type WatchRequest,
} from '../store.ts';
import { checkTransaction } from '../transaction-check.ts';
import { isServed, socketPath } from './folder-socket.ts';
import { BrokenCallError, itemsOfCall } from './socket-call.ts';
import type { Call, ReadItem, WatchItem } from './socket-protocol.ts';
import { SocketWatch } from './socket-watch.ts';

/** The store of a folder that another process has open and serves; null when none does, or one that is stopping. */
export async function connectToFolder(dataDir: string, signal?: AbortSignal): Promise<Store | null> {
  if (!(await isServed(dataDir))) return null;
  const store = new SocketStore(dataDir);
  const answer = await store.greet(signal);
  if (answer === 'ready' || (answer === 'none' && (await isServed(dataDir)))) return store;
  await store.close();
  return null;
}

/**
 * The contract of a store through a folder's socket, with one difference: when the other process ends, its watches fail with
 * STORE_UNAVAILABLE, since whoever opens the folder next has no history.
 */
class SocketStore implements Store {
  readonly kind = 'embedded';
  readonly #dataDir: string;
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #watches = new Set<SocketWatch>();
  #lastRevision: Revision = 0;
  #closing: Promise<void> | null = null;

  constructor(dataDir: string) {
    this.#dataDir = resolve(dataDir);
    this.#path = socketPath(dataDir);
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return this.#track(this.#read(request));
  }

  async commit(transaction: Transaction): Promise<CommitResult> {
    checkTransaction(transaction);
    const result = await this.#ask<CommitResult>({ type: 'commit', transaction });
    this.#lastRevision = Math.max(this.#lastRevision, result.revision);
    return result;
  }

  async watch({ signal, ...request }: WatchRequest): Promise<Watch> {
    const stop = new AbortController();
    const items = this.#items<WatchItem>({ type: 'watch', request }, stop.signal);
    const { value: first } = await items.next();
    if (first === undefined || !('after' in first)) throw this.#unavailable('it has not answered a watch');
    const watch = new SocketWatch({ after: first.after, items, stop, signal, onClose: (closed) => this.#watches.delete(closed) });
    if (this.#closing !== null) await watch.close();
    if (!stop.signal.aborted) this.#watches.add(watch);
    return watch;
  }

  grantLease(ttlSeconds: number): Promise<Lease> {
    return this.#ask({ type: 'grantLease', ttlSeconds });
  }

  keepLeaseAlive(leaseId: LeaseId): Promise<Lease> {
    return this.#ask({ type: 'keepLeaseAlive', leaseId });
  }

  revokeLease(leaseId: LeaseId): Promise<void> {
    return this.#ask({ type: 'revokeLease', leaseId });
  }

  leaseTimeToLive(leaseId: LeaseId): Promise<number | null> {
    return this.#ask({ type: 'leaseTimeToLive', leaseId });
  }

  async status(signal?: AbortSignal): Promise<StoreStatus> {
    try {
      const status = await this.#ask<StoreStatus>({ type: 'status' }, signal);
      this.#lastRevision = Math.max(this.#lastRevision, status.revision);
      return status;
    } catch {
      return { kind: this.kind, version: null, healthy: false, revision: this.#lastRevision };
    }
  }

  /** What the other process says to a call that never fails where it is ready. */
  async greet(signal?: AbortSignal): Promise<'ready' | 'stopping' | 'none'> {
    try {
      await this.#ask<StoreStatus>({ type: 'status' }, signal);
      return 'ready';
    } catch (error) {
      return error instanceof GatewayError && !(error.cause instanceof BrokenCallError) ? 'stopping' : 'none';
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) await watch.close();
    await Promise.allSettled(this.#underWay);
    this.#agent.destroy();
  }

  async #read({ signal, ...request }: ReadRequest): Promise<ReadResult> {
    signal?.throwIfAborted();
    const entries: KeyValue[][] = request.ranges.map(() => []);
    let result: ReadResult | undefined;
    for await (const item of this.#items<ReadItem>({ type: 'read', ...request }, signal)) {
      if ('entries' in item) entries[item.range]?.push(...item.entries);
      else {
        const results = entries.map((ofRange, range) => ({ entries: ofRange, more: item.more[range] === true }));
        result = { revision: item.revision, results, cost: item.cost };
      }
    }
    if (result === undefined) throw this.#unavailable('it has not answered a read');
    this.#lastRevision = Math.max(this.#lastRevision, result.revision);
    return result;
  }

  /** A call that is answered with one item. */
  #ask<Answer>(call: Call, signal?: AbortSignal): Promise<Answer> {
    const asking = async () => {
      let answer: { readonly item: Answer } | null = null;
      // To its end, so that the connection can be used again.
      for await (const item of this.#items<Answer>(call, signal)) answer = { item };
      if (answer === null) throw this.#unavailable(`it has not answered: ${call.type}`);
      return answer.item;
    };
    return this.#track(asking());
  }

  #track<Answer>(call: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(call);
    const forget = () => this.#underWay.delete(call);
    call.then(forget, forget);
    return call;
  }

  async *#items<Item>(call: Call, signal?: AbortSignal): AsyncGenerator<Item, undefined> {
    if (this.#closing !== null) throw this.#unavailable('this connection to it is closed');
    try {
      yield* itemsOfCall<Item>(call, { agent: this.#agent, path: this.#path, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BrokenCallError)) throw error;
      if (call.type !== 'commit' || !error.mayHaveRun) throw this.#unavailable(error.message, error);
      throw new OutcomeUnknownError(`No answer to a commit from the gateway that has ${this.#dataDir} open: ${error.message}`, {
        cause: error,
      });
    }
  }

  #unavailable(what: string, cause?: unknown): GatewayError {
    return new GatewayError('STORE_UNAVAILABLE', `The gateway that has ${this.#dataDir} open can't be reached: ${what}`, {
      cause,
    });
  }
}
