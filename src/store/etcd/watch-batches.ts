import type { IKeyValue, IWatchResponse } from 'etcd3';
import type { Change, Revision, WatchBatch } from '../store.ts';
import { EtcdFailure } from './errors.ts';
import { keyValueFrom, numberFrom } from './wire.ts';

/** Of a reply that is about all watches of its stream, here of the one: an answer to `requestProgress`. */
const progressWatchId = '-1';

/**
 * Puts the events of a watch together to batches, one for each revision. A reply ends with the last event of a revision, unless it
 * is a fragment: then the revision may go on in the next one.
 */
export class BatchAssembler {
  readonly #after: Revision;
  #revision: Revision = 0;
  #changes: Change[] = [];

  /** Drops what is not behind `after`. */
  constructor(after: Revision) {
    this.#after = after;
  }

  /** The batches that are complete with this reply. */
  add({ events, fragment, watch_id: watchId, header }: IWatchResponse): WatchBatch[] {
    if (watchId === progressWatchId) return [{ revision: numberFrom(header.revision), changes: [] }];
    const complete: WatchBatch[] = [];
    for (const event of events) {
      const revision = numberFrom(event.kv.mod_revision);
      if (revision <= this.#after) continue;
      if (revision !== this.#revision) complete.push(...this.#take());
      this.#revision = revision;
      this.#changes.push(changeFrom(event));
    }
    if (!fragment) complete.push(...this.#take());
    return complete;
  }

  #take(): WatchBatch[] {
    if (this.#changes.length === 0) return [];
    const changes = this.#changes.sort((left, right) => (left.key < right.key ? -1 : 1));
    this.#changes = [];
    return [{ revision: this.#revision, changes }];
  }
}

/** etcd3's own type says that there is always a value before. */
interface WireEvent {
  readonly kv: IKeyValue;
  readonly prev_kv: IKeyValue | null;
}

function changeFrom({ kv, prev_kv: before }: WireEvent): Change {
  const isDelete = kv.version === '0';
  const isCreate = kv.version === '1';
  // etcd reads the value before when it sends the event. It leaves it out when that has been compacted meanwhile.
  if (before === null && !isCreate) throw new EtcdFailure('compacted', `the value before revision ${kv.mod_revision} is gone`);
  return {
    key: kv.key.toString('latin1'),
    previous: before === null || isCreate ? null : keyValueFrom(before),
    current: isDelete ? null : keyValueFrom(kv),
  };
}
