import { type Logger, silentLog } from '../../src/log.ts';
import type { ReplicaObserver } from '../../src/observer.ts';
import { isProgressTrue } from '../../src/store/etcd/index.ts';
import { openKeys } from '../../src/store/keys.ts';
import type { HistoryLimits } from '../../src/store/keyspace.ts';
import { prefixRange } from '../../src/store/range.ts';
import { ReplicaStore } from '../../src/store/replica/index.ts';
import type { Store } from '../../src/store/store.ts';

export interface ReplicaOptions {
  readonly prefix?: string;
  readonly readTimeoutMs?: number;
  readonly history?: HistoryLimits;
  readonly log?: Logger;
  readonly observer?: ReplicaObserver;
}

/** A replica of what lies under a prefix of a store; closed with it. */
export function openReplica(origin: Store, options: ReplicaOptions = {}): ReplicaStore {
  const { prefix = 'lochness/', readTimeoutMs = 2000, log = silentLog, history, observer } = options;
  const { probe } = openKeys(prefix);
  const range = prefixRange(prefix);
  return new ReplicaStore({
    origin,
    range,
    probe,
    log,
    readTimeoutMs,
    isProgressTrue,
    ...(history === undefined ? {} : { history }),
    ...(observer === undefined ? {} : { observer }),
  });
}

/** One that is loaded. */
export async function openLoadedReplica(origin: Store, options: ReplicaOptions = {}): Promise<ReplicaStore> {
  const replica = openReplica(origin, options);
  while (replica.memory.newest() === null) await nextChange(replica);
  return replica;
}

function nextChange({ memory }: ReplicaStore): Promise<void> {
  return new Promise((resolve) => {
    const end = memory.onChange(() => {
      end();
      resolve();
    });
  });
}
