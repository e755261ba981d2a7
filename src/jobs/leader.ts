import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../context.ts';
import { messageOf } from '../errors.ts';
import { isAbsent, put } from '../resolvers/commit/index.ts';
import { keyRange } from '../store/range.ts';
import type { Compare } from '../store/store.ts';
import { KeptLease } from './kept-lease.ts';

export interface Leadership {
  /** Holds while this gateway leads: it stands in each commit of what a leader does. */
  readonly guard: Compare;
  /** Aborts when it leads no more, or stops. */
  readonly signal: AbortSignal;
  /** For who finds that the guard does not hold. */
  end(): void;
}

export interface LeaderOptions {
  readonly services: Services;
  readonly ttlSeconds: number;
  /** What a leader does, until the signal aborts. */
  readonly lead: (leadership: Leadership) => Promise<void>;
}

const retryMs = 1000;

/** One of all gateways leads: who put `gateway/leader`, for as long as its lease lives. */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Another gateway can lead at once. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#untilVacant();
        await this.#tryToLead();
      } catch (error) {
        if (!signal.aborted) this.#options.services.log.debug({ reason: messageOf(error) }, 'no leader could be found');
      }
      await sleep(retryMs * this.#options.services.random(), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Waits while another gateway leads. That costs the store nothing: the end of its key is told. */
  async #untilVacant(): Promise<void> {
    const { store, keys } = this.#options.services;
    const { signal } = this.#stopping;
    const range = keyRange(keys.leader);
    const { results, revision } = await store.read({ ranges: [range], signal });
    if (results[0]?.entries.length === 0) return;
    for await (const { changes } of await store.watch({ range, after: revision, signal })) {
      if (changes.some(({ current }) => current === null)) return;
    }
  }

  async #tryToLead(): Promise<void> {
    const { services, ttlSeconds, lead } = this.#options;
    const { store, keys, log, newId } = services;
    if (this.#stopping.signal.aborted) return;
    const lease = await KeptLease.grant({ store, log, ttlSeconds });
    const leading = new AbortController();
    // Of a thousand agents some hundred may be asked at once.
    setMaxListeners(0, leading.signal);
    const end = () => leading.abort();
    this.#stopping.signal.addEventListener('abort', end);
    lease.lost.addEventListener('abort', end);
    try {
      const writes = [put(keys.leader, newId(), lease.id)];
      const { committed, revision } = await store.commit({ compares: [isAbsent(keys.leader)], writes });
      if (!committed || this.#stopping.signal.aborted) return;
      log.debug('this gateway leads');
      const guard: Compare = { target: 'createRevision', range: keyRange(keys.leader), is: '=', number: revision };
      await lead({
        guard,
        signal: leading.signal,
        end() {
          log.debug('this gateway leads no more: a commit was refused');
          end();
        },
      });
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
      await lease.revoke();
    }
  }
}
