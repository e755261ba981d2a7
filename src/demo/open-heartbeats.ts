import { directoriesOf } from '../store/directory.ts';
import { folderRange, subkeys } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import { type HeartbeatOptions, Heartbeats } from './heartbeats.ts';
import { hypervisorId, isAlive, maxHypervisorCount } from './sample-hypervisor.ts';

export interface HeartbeatSelection extends HeartbeatOptions {
  /** For these alone. Absent: for the hypervisors that have a heartbeat now, and for those of the sample that are meant to. */
  readonly hypervisorIds?: ReadonlySet<string>;
}

/** Heartbeats that have begun. They are only for hypervisors with a record. */
export async function openHeartbeats({ hypervisorIds, ...options }: HeartbeatSelection): Promise<Heartbeats> {
  const { store, keys } = options;
  const ownIds = hypervisorIds ?? aliveSampleIds();
  const { results } = await store.read({ ranges: [folderRange(keys, 'HYPERVISOR')] });
  const directories = new Map<string, Key>();
  for (const { name, path, record, entries } of directoriesOf(keys, 'HYPERVISOR', results[0]?.entries ?? [])) {
    const isBeating = hypervisorIds === undefined && entries.some(({ key }) => key === path + subkeys.heartbeat);
    if (record !== undefined && (isBeating || ownIds.has(name))) directories.set(name, path);
  }
  const heartbeats = new Heartbeats(options, directories);
  await heartbeats.start();
  return heartbeats;
}

function aliveSampleIds(): ReadonlySet<string> {
  const indexes = Array.from({ length: maxHypervisorCount }, (_, index) => index);
  return new Set(indexes.filter(isAlive).map(hypervisorId));
}
