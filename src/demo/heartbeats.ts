import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { directoriesOf } from '../store/directory.ts';
import { folderRange, type Keys, recordName, subkeys } from '../store/keys.ts';
import { type Key, keyRange } from '../store/range.ts';
import { type LeaseId, LeaseNotFoundError, type Store } from '../store/store.ts';
import { batchesOf } from '../store/transfer/index.ts';
import { hypervisorId, isAlive, maxHypervisorCount } from './sample-hypervisor.ts';

/** As the agents of Lochness do it. */
const ttlSeconds = 120;
const defaultEveryMs = 30_000;

export interface HeartbeatOptions {
  readonly store: Store;
  readonly keys: Keys;
  readonly log: Logger;
  readonly now: () => Date;
  readonly everyMs?: number;
}

/** What a demo does for hypervisors that nobody runs: it keeps them alive. */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #directories: readonly Key[];
  readonly #stopping = new AbortController();
  #leaseId: LeaseId | null = null;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions, directories: readonly Key[]) {
    this.#options = options;
    this.#directories = directories;
  }

  /** Beats once, and from then on in the background. */
  async start(): Promise<void> {
    await this.beat();
    this.#beating = this.#beatOn();
  }

  /** Lets a beat that is under way finish. The heartbeats live on for as long as their lease. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
  }

  async beat(): Promise<void> {
    const leaseId = await this.#renewLease();
    for await (const directories of batchesOf(this.#directories, (directory) => 3 * directory.length)) {
      await this.#write(directories, leaseId);
    }
  }

  async #beatOn(): Promise<void> {
    const { signal } = this.#stopping;
    const { everyMs = defaultEveryMs } = this.#options;
    while (await pause(everyMs, true, { signal, ref: false }).catch(() => false)) {
      try {
        await this.beat();
      } catch (error) {
        this.#options.log.warn({ reason: messageOf(error) }, 'the heartbeats could not be written; they are tried again');
      }
    }
  }

  async #renewLease(): Promise<LeaseId> {
    const { store } = this.#options;
    try {
      if (this.#leaseId !== null) return (await store.keepLeaseAlive(this.#leaseId)).id;
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
    }
    this.#leaseId = (await store.grantLease(ttlSeconds)).id;
    return this.#leaseId;
  }

  /** All that still have a record: a heartbeat must not come back behind a hypervisor that was deleted. */
  async #write(directories: readonly Key[], leaseId: LeaseId): Promise<void> {
    const { store, now } = this.#options;
    const records = directories.map((directory) => keyRange(directory + recordName));
    const value = Buffer.from(now().toISOString());
    const { committed, reads } = await store.commit({
      compares: records.map((range) => ({ target: 'version', range, is: '>', number: 0 })),
      writes: directories.map((directory) => ({ type: 'put', key: directory + subkeys.heartbeat, value, leaseId })),
      onFailure: records,
    });
    if (committed) return;
    const there = new Set(reads.flat().map(({ key }) => key));
    // At least one is gone, so each round has fewer.
    await this.#write(
      directories.filter((directory) => there.has(directory + recordName)),
      leaseId,
    );
  }
}

/** For the hypervisors that have a heartbeat now, and for those of the sample that are meant to. */
export async function openHeartbeats(options: HeartbeatOptions): Promise<Heartbeats> {
  const { store, keys } = options;
  const ownIds = new Set(
    Array.from({ length: maxHypervisorCount }, (_, index) => index)
      .filter(isAlive)
      .map(hypervisorId),
  );
  const { results } = await store.read({ ranges: [folderRange(keys, 'HYPERVISOR')] });
  const directories: Key[] = [];
  for (const { name, path, record, entries } of directoriesOf(keys, 'HYPERVISOR', results[0]?.entries ?? [])) {
    const isBeating = entries.some(({ key }) => key === path + subkeys.heartbeat);
    if (record !== undefined && (isBeating || ownIds.has(name))) directories.push(path);
  }
  const heartbeats = new Heartbeats(options, directories);
  await heartbeats.start();
  return heartbeats;
}
