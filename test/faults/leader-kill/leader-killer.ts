import { once } from 'node:events';
import type { EtcdServer } from '../../support/etcd.ts';
import { leaderOf } from '../../support/etcd-cluster.ts';

export interface Killing {
  /** Resolves when the next one is to be killed. */
  readonly untilNext: () => Promise<unknown>;
  readonly over: AbortSignal;
}

/** Kills whoever leads a cluster, again and again, and starts it again. */
export class LeaderKiller {
  readonly #members: readonly EtcdServer[];
  kills = 0;

  constructor(members: readonly EtcdServer[]) {
    this.#members = members;
  }

  async run({ untilNext, over }: Killing): Promise<void> {
    const isOver = once(over, 'abort');
    while (!over.aborted) {
      const next = untilNext();
      const leader = await leaderOf(this.#members);
      await leader.kill();
      this.kills += 1;
      // The others have to agree on another one before it is back.
      await leaderOf(this.#members.filter((member) => member !== leader));
      await leader.restart();
      await Promise.race([next, isOver]);
    }
  }
}
