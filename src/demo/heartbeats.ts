import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Keys, recordName, subkeys } from '../store/keys.ts';
import { type Key, keyRange } from '../store/range.ts';
import { type LeaseId, LeaseNotFoundError, type Store } from '../store/store.ts';
import { batchesOf } from '../store/transfer/index.ts';

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
  /** By the hypervisor's id. */
  readonly #directories: ReadonlyMap<string, Key>;
  readonly #silent = new Set<string>();
  readonly #stopping = new AbortController();
  #leaseId: LeaseId | null = null;
  #beating: Promise<void> = Promise.resolve();
  /** What writes heartbeats does so one after the other: a beat that is under way must not come behind a silence. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions, directories: ReadonlyMap<string, Key>) {
    this.#options = options;
    this.#directories = directories;
  }

  /** Ids of the hypervisors whose hearts beat, but for a silence. */
  get hypervisorIds(): readonly string[] {
    return [...this.#directories.keys()];
  }

  /** Ids of those that were silenced. */
  get silentIds(): readonly string[] {
    return [...this.#silent];
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
    await this.#turn;
  }

  /** Stops, and lets no heartbeat live on: all are dead at once. */
  async end(): Promise<void> {
    await this.stop();
    const leaseId = this.#leaseId;
    if (leaseId === null) return;
    try {
      await this.#options.store.revokeLease(leaseId);
    } catch (error) {
      const note = `the heartbeats could not be ended; they live on for up to ${ttlSeconds} s`;
      if (!(error instanceof LeaseNotFoundError)) this.#options.log.warn({ reason: messageOf(error) }, note);
    }
  }

  beat(): Promise<void> {
    return this.#inTurn(() => this.#beat());
  }

  /** Lets one hypervisor be dead until it is woken. */
  silence(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const directory = this.#directories.get(id);
      if (directory === undefined) return;
      this.#silent.add(id);
      const range = keyRange(directory + subkeys.heartbeat);
      await this.#options.store.commit({ compares: [], writes: [{ type: 'delete', range }] });
    });
  }

  /** Lets a hypervisor that was silenced be alive again. */
  wake(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const directory = this.#directories.get(id);
      if (this.#silent.delete(id) && directory !== undefined) await this.#write([directory], await this.#renewLease());
    });
  }

  async #beat(): Promise<void> {
    const leaseId = await this.#renewLease();
    const beating = [...this.#directories].filter(([id]) => !this.#silent.has(id)).map(([, directory]) => directory);
    for await (const directories of batchesOf(beating, (directory) => 3 * directory.length)) {
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

  #inTurn(run: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => undefined);
    return done;
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
