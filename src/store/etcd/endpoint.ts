import type { Logger } from '../../log.ts';
import { type CallLimits, Connection } from './connection.ts';
import { EtcdFailure, etcdFailure } from './errors.ts';
import { clientOptions, type EtcdStoreOptions } from './options.ts';

/** What a member of etcd said of itself. */
export interface Identity {
  readonly version: string;
  readonly clusterId: string;
}

/** A probe is asked by many at once, so it has a time of its own. */
const probeTimeoutMs = 2000;

/** One endpoint: its connections, and whether it is known to be a working member of etcd. */
export class Endpoint {
  readonly address: string;
  readonly #connect: () => Connection;
  readonly #log: Logger;
  #calls: Connection;
  #watches: Connection;
  /** Null until a probe succeeded, and again after a failure. */
  #identity: Identity | null = null;
  #failure: string | null = null;
  /** It let a call wait: others are rather asked, until it has answered a probe. */
  #isDoubted: boolean = false;
  #probing: Promise<Identity> | null = null;

  constructor(address: string, options: EtcdStoreOptions & { readonly log: Logger }) {
    this.address = address;
    this.#log = options.log;
    this.#connect = () => new Connection(clientOptions(options, address));
    this.#calls = this.#connect();
    this.#watches = this.#connect();
  }

  get calls(): Connection {
    return this.#calls;
  }

  /** A connection of its own: on a shared one a long range would hold back the changes behind it. */
  get watches(): Connection {
    return this.#watches;
  }

  /** As it last said; null until it did. */
  get version(): string | null {
    return this.#identity?.version ?? null;
  }

  /** Why it is not used, for messages. */
  get failure(): string | null {
    return this.#failure;
  }

  /** A probed member to which a call would be sent at once, and that lets nobody wait. */
  async isGood(): Promise<boolean> {
    return this.#identity !== null && !this.#isDoubted && (await this.#calls.isReady());
  }

  /** Asks whether it is a working member of etcd, and leaves a connection that is ready. Fails with an EtcdFailure. */
  probe(): Promise<Identity> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  /** A call failed in a way that is the endpoint's fault. Of all that fail at the same time the first one counts. */
  markFailed(failure: EtcdFailure): void {
    if (this.#identity !== null) this.#fail(failure);
  }

  /**
   * A call on this connection was not waited for to its end. The member may be dead, the connection forgotten, or a disk slow: so the
   * next call gets a new connection and a probe, or goes to another endpoint. A watch is left alone, as nothing is known to be wrong.
   * Many calls may have waited on the same connection: the first one counts.
   */
  doubt(calls: Connection): void {
    if (calls !== this.#calls) return;
    this.#isDoubted = true;
    this.#log.warn({ endpoint: this.address }, 'an endpoint of etcd is slow to answer a commit, or does not');
    void this.#calls.retire();
    this.#calls = this.#connect();
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls.close(), this.#watches.close()]);
  }

  #fail(failure: EtcdFailure): void {
    if (this.#failure === null) this.#log.warn({ endpoint: this.address, reason: failure.message }, 'an endpoint of etcd failed');
    this.#identity = null;
    this.#failure = failure.message;
    if (failure.kind === 'silent') this.#reconnect();
  }

  /**
   * Silence may be the connection's: when something on the way has forgotten it, TCP would go on trying for a quarter of an hour. What
   * is under way on the old ones may still get its answer.
   */
  #reconnect(): void {
    void this.#calls.retire();
    void this.#watches.retire();
    this.#calls = this.#connect();
    this.#watches = this.#connect();
  }

  async #probe(): Promise<Identity> {
    try {
      this.#identity = await this.#ask({ deadline: performance.now() + probeTimeoutMs });
      this.#failure = null;
      this.#isDoubted = false;
      this.#log.info({ endpoint: this.address, version: this.#identity.version }, 'an endpoint of etcd answers');
      return this.#identity;
    } catch (error) {
      const failure = etcdFailure(error);
      this.#fail(failure);
      throw failure;
    }
  }

  async #ask(limits: CallLimits): Promise<Identity> {
    const status = await this.#calls.status(limits);
    if (status.version === '') throw new EtcdFailure('unreachable', 'it does not answer as etcd does');
    if (status.isLearner) throw new EtcdFailure('unreachable', 'it is a learner, which can answer nothing yet');
    if (status.leader === '0') throw new EtcdFailure('unreachable', 'it knows no leader of its cluster');
    return { version: status.version, clusterId: status.header.cluster_id };
  }
}
