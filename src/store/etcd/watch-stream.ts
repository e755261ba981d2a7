import type { IWatchResponse } from 'etcd3';
import type { Range } from '../range.ts';
import type { Revision } from '../store.ts';
import { bounded } from './bounded.ts';
import type { CallLimits, Connection, WatchCall } from './connection.ts';
import { EtcdFailure, etcdFailure, watchRefusal } from './errors.ts';
import { numberFrom, wireRange } from './wire.ts';

export interface WatchStart {
  readonly range: Range;
  /** The first revision that is delivered. */
  readonly start: Revision;
  /** Whether what etcd says of its progress is true. Default: false, and it is not asked. */
  readonly tellsProgress?: boolean;
}

/**
 * One watch on a gRPC stream of its own: what happens to it concerns no other. It does not survive a cut; see watch.ts for that.
 * Replies that are too large for one message come in fragments.
 */
export async function openWatchStream(
  connection: Connection,
  { range, start, tellsProgress = false }: WatchStart,
  limits: CallLimits,
): Promise<WatchStream> {
  const stream = new WatchStream(await connection.watch(limits), tellsProgress);
  try {
    const request = { ...wireRange(range), start_revision: start, prev_kv: true, fragment: true };
    const created = await bounded(stream.create(request), limits);
    if (!created.created) throw new EtcdFailure('unreachable', 'it began a watch with something else than its creation');
    return stream;
  } catch (error) {
    stream.cancel();
    // etcd 3.4 says of an expired token what it says of a missing permission. A new token tells them apart.
    const maybeToken = error instanceof EtcdFailure && error.kind === 'refused' && limits.token !== undefined;
    throw maybeToken ? new EtcdFailure('tokenInvalid', error.message, { cause: error }) : error;
  }
}

export class WatchStream {
  readonly #call: WatchCall;
  readonly #tellsProgress: boolean;
  readonly #responses: AsyncIterator<IWatchResponse>;

  constructor(call: WatchCall, tellsProgress: boolean) {
    this.#call = call;
    this.#tellsProgress = tellsProgress;
    this.#responses = call[Symbol.asyncIterator]();
  }

  create(request: object): Promise<IWatchResponse> {
    this.#call.write({ create_request: request });
    return this.next();
  }

  /** The next reply. Fails with an EtcdFailure when the stream breaks and when etcd cancels the watch. */
  async next(): Promise<IWatchResponse> {
    const next = await this.#responses.next().catch((error: unknown) => {
      throw etcdFailure(error);
    });
    if (next.done === true) throw new EtcdFailure('unreachable', 'it ended the watch');
    const { canceled, cancel_reason: reason, compact_revision: oldest } = next.value;
    if (oldest !== '0') {
      throw new EtcdFailure('compacted', `revisions before ${oldest} are gone`, { oldestRevision: numberFrom(oldest) });
    }
    if (canceled) throw watchRefusal(reason);
    return next.value;
  }

  /** The answer, a reply without events whose header says how far it is, comes when the watch has caught up; else never. */
  requestProgress(): void {
    if (this.#tellsProgress && this.#call.writable) this.#call.write({ progress_request: {} });
  }

  /** A pending `next` fails then. */
  cancel(): void {
    this.#call.cancel();
  }
}
