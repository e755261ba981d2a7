import { directoriesOf } from '../store/directory.ts';
import { folderRange } from '../store/keys.ts';
import type { Key } from '../store/range.ts';
import { type HeartbeatOptions, Heartbeats } from './heartbeats.ts';
import { isAlive, sampleIndexes } from './sample-hypervisor.ts';

export interface HeartbeatSelection extends HeartbeatOptions {
  /** For these alone. Absent: for those of the sample that are meant to have one. */
  readonly hypervisorIds?: ReadonlySet<string>;
}

/** Heartbeats that have begun. They are only for hypervisors with a record. */
export async function openHeartbeats({ hypervisorIds = aliveSampleIds(), ...options }: HeartbeatSelection): Promise<Heartbeats> {
  const { store, keys } = options;
  const { results } = await store.read({ ranges: [folderRange(keys, 'HYPERVISOR')] });
  const directories = new Map<string, Key>();
  for (const { name, path, record } of directoriesOf(keys, 'HYPERVISOR', results[0]?.entries ?? [])) {
    if (record !== undefined && hypervisorIds.has(name)) directories.set(name, path);
  }
  const heartbeats = new Heartbeats(options, directories);
  await heartbeats.start();
  return heartbeats;
}

function aliveSampleIds(): ReadonlySet<string> {
  return new Set([...sampleIndexes()].filter(([, index]) => isAlive(index)).map(([id]) => id));
}
