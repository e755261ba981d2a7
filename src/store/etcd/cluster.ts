import type { Logger } from '../../log.ts';
import { keyRange, type Range } from '../range.ts';
import type { Revision } from '../store.ts';
import { Authenticator } from './authenticator.ts';
import { bounded, pause } from './bounded.ts';
import type { CallLimits, Connection } from './connection.ts';
import { Endpoint } from './endpoint.ts';
import { EtcdFailure, isTransient, storeClosed, storeUnavailable } from './errors.ts';
import { defaultProbeKey, type EtcdStoreOptions } from './options.ts';

export type Work<T> = (endpoint: Endpoint, limits: CallLimits) => Promise<T>;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether `work` may be done twice. What surely never reached etcd is repeated in any case. */
  readonly repeatable: boolean;
  /** Of what is not repeatable: once it is sent, its answer is waited for no longer than `hastyShare` of the request timeout. */
  readonly isHasty?: boolean;
}

export interface ClusterOptions extends EtcdStoreOptions {
  readonly requestTimeoutMs: number;
  readonly log: Logger;
}

/** A refusal that comes again and again, as that of a wrong password, is told this often. */
const refusalPauseMs = 60_000;
const mostRefusals = 20;
/** Of 5 s it leaves 2 s: by then, members of a cluster that lost its leader have mostly elected another. */
const hastyShare = 0.4;
const firstPauseMs = 50;
const longestPauseMs = 400;

/** The endpoints of one etcd cluster: chooses the one to ask, and asks again where that is allowed. */
export class Cluster {
  readonly #endpoints: readonly Endpoint[];
  readonly #authenticator: Authenticator;
  readonly #requestTimeoutMs: number;
  readonly #log: Logger;
  /** By its text: when it was told last. */
  readonly #refusals = new Map<string, number>();
  /** Getting it costs least and proves the newest revision. */
  readonly probe: Range;
  #preferred: Endpoint | undefined;
  #id: string | null = null;
  #version: string | null = null;
  #newest: Revision = 0;
  #closed: boolean = false;

  constructor(addresses: readonly string[], options: ClusterOptions) {
    const { user, password } = options;
    this.#endpoints = addresses.map((address) => new Endpoint(address, options));
    this.#authenticator = new Authenticator(user === undefined || password === undefined ? null : { user, password });
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#log = options.log;
    this.probe = keyRange(options.probeKey ?? defaultProbeKey);
  }

  /** As the member that was asked last said. */
  get version(): string | null {
    return this.#version;
  }

  /** The highest revision that any answer named. No later answer may be from before it. */
  get newest(): Revision {
    return this.#newest;
  }

  saw(revision: Revision): void {
    if (revision > this.#newest) this.#newest = revision;
  }

  /**
   * Does `work` at a good endpoint. A failure that may be repeated is, until the request timeout is over: then STORE_UNAVAILABLE.
   * Any other fails with its EtcdFailure, or with the reason of the signal.
   */
  async run<T>(work: Work<T>, { signal, repeatable, isHasty = false }: RunOptions): Promise<T> {
    const deadline = performance.now() + this.#requestTimeoutMs;
    const tried = new Set<Endpoint>();
    const reasons = new Map<Endpoint, string>();
    let renewedToken = false;
    for (let pauseMs = 0; ; pauseMs = nextPause(pauseMs)) {
      let endpoint: Endpoint | null = null;
      let sent = false;
      let token: string | undefined;
      /** Of an attempt that is cut short. */
      let calls: Connection | null = null;
      try {
        endpoint = await this.#choose(tried, { deadline, signal });
        tried.add(endpoint);
        const latest = isHasty ? performance.now() + hastyShare * this.#requestTimeoutMs : deadline;
        if (latest < deadline) calls = endpoint.calls;
        const limits = { deadline: repeatable ? this.#share(deadline, tried) : Math.min(latest, deadline), signal };
        token = await this.#authenticator.token(endpoint.calls, limits);
        sent = true;
        return await work(endpoint, { ...limits, token });
      } catch (error) {
        signal?.throwIfAborted();
        if (this.#closed) throw storeClosed();
        if (!(error instanceof EtcdFailure)) throw error;
        if (endpoint !== null && isTransient(error)) {
          if (calls !== null && error.kind === 'silent') endpoint.doubt(calls);
          else endpoint.markFailed(error);
          // The last attempt is mostly cut short: that it had no answer says less than what the ones before it were told.
          if (error.kind !== 'silent') reasons.set(endpoint, error.message);
        }
        if (error.kind === 'tokenInvalid' && !renewedToken) {
          renewedToken = true;
          this.#authenticator.forget(token);
        } else if (!isTransient(error) || (sent && !repeatable)) {
          this.#tellRefusal(error);
          throw error;
        }
        if (performance.now() + pauseMs >= deadline) throw this.#unavailable(error, reasons);
      }
      await pause(pauseMs, signal);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  /** The preferred endpoint while it is good, else another good one, else the first that answers a probe. */
  async #choose(tried: Set<Endpoint>, limits: CallLimits): Promise<Endpoint> {
    if (this.#closed) throw storeClosed();
    if (tried.size === this.#endpoints.length) tried.clear();
    const candidates = this.#endpoints.filter((endpoint) => !tried.has(endpoint));
    const first = candidates.filter((endpoint) => endpoint === this.#preferred);
    for (const endpoint of [...first, ...candidates]) if (await endpoint.isGood()) return endpoint;
    const probes = candidates.map(async (endpoint) => {
      await this.#probe(endpoint);
      return endpoint;
    });
    try {
      this.#preferred = await bounded(Promise.any(probes), limits);
      return this.#preferred;
    } catch (error) {
      for (const endpoint of candidates) tried.add(endpoint);
      if (error instanceof AggregateError) throw new EtcdFailure('unreachable', this.#describe(), { cause: error });
      throw error;
    }
  }

  async #probe(endpoint: Endpoint): Promise<void> {
    const { clusterId, version } = await endpoint.probe();
    this.#id ??= clusterId;
    if (clusterId !== this.#id) {
      const failure = new EtcdFailure('unreachable', 'it belongs to another cluster than the one that was asked first');
      endpoint.markFailed(failure);
      throw failure;
    }
    this.#version = version;
  }

  /** One that stays silent must leave time for the others, and for a second attempt on a new connection. */
  #share(deadline: number, tried: ReadonlySet<Endpoint>): number {
    const others = this.#endpoints.length - tried.size;
    const now = performance.now();
    return now + (deadline - now) / (others + 2);
  }

  /** An operator may have to do something about it, and whoever asked may be told nothing but that the store is unavailable. */
  #tellRefusal({ kind, message }: EtcdFailure): void {
    if (kind !== 'refused' && kind !== 'tokenInvalid' && kind !== 'noSpace') return;
    const now = performance.now();
    const toldAt = this.#refusals.get(message);
    if (toldAt !== undefined && now - toldAt < refusalPauseMs) return;
    if (this.#refusals.size === mostRefusals) this.#refusals.clear();
    this.#refusals.set(message, now);
    this.#log.warn({ reason: message }, 'etcd refuses what it is asked');
  }

  #describe(reasons: ReadonlyMap<Endpoint, string> = new Map()): string {
    const reasonOf = (endpoint: Endpoint) => reasons.get(endpoint) ?? endpoint.failure ?? 'no failure known';
    return this.#endpoints.map((endpoint) => `${endpoint.address} (${reasonOf(endpoint)})`).join(', ');
  }

  #unavailable(failure: EtcdFailure, reasons: ReadonlyMap<Endpoint, string>): Error {
    const seconds = this.#requestTimeoutMs / 1000;
    return storeUnavailable(`etcd did not answer within ${seconds} s: ${this.#describe(reasons)}`, failure);
  }
}

function nextPause(ms: number): number {
  if (ms === 0) return firstPauseMs;
  // Jitter, so that replicas that lost the same server do not all come back at the same moment.
  return Math.min(longestPauseMs, ms * (1.5 + Math.random()));
}
