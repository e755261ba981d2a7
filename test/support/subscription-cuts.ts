import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { ChangeLog } from './change-log.ts';
import { Deferred } from './deferred.ts';
import type { EtcdWithStore } from './etcd-store.ts';
import { type Gateway, type LogLine, startGateway } from './gateway.ts';
import { schema } from './gateway-schema.ts';
import { pick, randomFrom, wholeFrom } from './random.ts';
import { type Reading, ResumingReader } from './resuming-reader.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface CutOptions {
  readonly etcd: EtcdWithStore;
  readonly seed: number;
  /** One after the other. */
  readonly gateways: number;
  readonly faultsEach: number;
  /** To be told of all in all, at least. */
  readonly changes: number;
}

export interface CutOutcome {
  /** Of the subscriber that was there all the time. */
  readonly main: Reading;
  /** Of those that came and went. */
  readonly others: readonly Reading[];
  readonly cuts: number;
  /** Of all gateways, those that say an error. */
  readonly logLines: readonly LogLine[];
}

/** So few that a reader is too slow where the gateway hears of commits, and can't read what it takes to tell of them. */
const eventLimit = 100;
/** Before each gateway begins. */
const unwatchedCommits = 60;
const mostLateEvents = 50;
/** Of the events: those behind which the client's own connection breaks. */
const brokenOff = 1 / 300;
const requestTimeoutMs = 1000;

/** Cuts the connection of gateways to etcd while clients subscribe at them, and compacts what all of these have passed. */
export async function cutSubscriptions(options: CutOptions): Promise<CutOutcome> {
  const proxy = await startTcpProxy(options.etcd.server.port);
  const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs });
  try {
    return await new Cutter(options, proxy, store).run();
  } finally {
    await store.close();
    await proxy.close();
  }
}

class Cutter {
  readonly #options: CutOptions;
  readonly #proxy: TcpProxy;
  readonly #store: Store;
  readonly #log: ChangeLog;
  readonly #random: () => number;
  readonly #others: Reading[] = [];
  readonly #logLines: LogLine[] = [];
  #gateway = new Deferred<Gateway>();
  /** Of the history that is left. */
  #oldest: Revision = 1;
  /** The watch of all subscribers began behind it: what is before, each of them reads by a watch of its own. */
  #low: Revision = 1;
  #faults = 0;
  #cuts = 0;

  constructor(options: CutOptions, proxy: TcpProxy, store: Store) {
    this.#options = options;
    this.#proxy = proxy;
    this.#store = store;
    this.#log = new ChangeLog(options.etcd.store, randomFrom(options.seed));
    this.#random = randomFrom(options.seed + 1);
  }

  async run(): Promise<CutOutcome> {
    const { gateways, faultsEach } = this.#options;
    const random = randomFrom(this.#options.seed + 2);
    const reader = this.#subscribe(this.#oldest, () => random() < brokenOff);
    for (let number = 1; number <= gateways; number++) {
      await this.#log.write(unwatchedCommits);
      const gateway = await startGateway({ store: this.#store, schema, eventLimit, logLevel: 'error' });
      this.#low = this.#log.newest;
      const witness = new ResumingReader({ url: () => gateway.url, after: this.#low });
      await witness.untilTold(await this.#log.mark());
      this.#gateway.resolve(gateway);

      for (const _half of ['first', 'second']) {
        for (let count = 0; count < faultsEach / 2; count++) await this.#doHarm();
        await this.#compactBehind([reader, witness]);
      }
      await this.#finish(witness, this.#low);
      if (number === gateways) await reader.close();
      this.#gateway = new Deferred();
      await gateway.stop();
      this.#logLines.push(...gateway.logLines);
    }
    const main = { told: this.#log.told, seen: reader.seen };
    return { main, others: this.#others, cuts: this.#cuts, logLines: this.#logLines };
  }

  #subscribe(after: Revision, breaksOff = () => false): ResumingReader {
    return new ResumingReader({ url: async () => (await this.#gateway.promise).url, after, breaksOff });
  }

  async #finish(reader: ResumingReader, after: Revision): Promise<void> {
    await reader.close();
    this.#others.push({ told: this.#log.after(after).slice(0, reader.seen.length), seen: reader.seen });
  }

  /** What they have passed, and cuts the connection meanwhile. */
  async #compactBehind(readers: readonly ResumingReader[]): Promise<void> {
    // Who comes back with the cursor of the one event of that commit needs the history behind the one before.
    this.#oldest = (await this.#settle(readers)) - 1;
    await Promise.all([this.#options.etcd.compact(this.#oldest), this.#cutWithin(500)]);
    await this.#settle(readers);
  }

  /** Waits until they were told all that there is. */
  async #settle(readers: readonly ResumingReader[]): Promise<Revision> {
    const newest = await this.#log.mark();
    await Promise.all(readers.map((reader) => reader.untilTold(newest)));
    return newest;
  }

  async #doHarm(): Promise<void> {
    const { gateways, faultsEach, changes } = this.#options;
    const faults = [
      () => this.#cutWithin(8000),
      () => this.#cutOpening(),
      () => this.#cutPaused(),
      () => this.#cutTwice(),
      () => this.#cutOpening(),
    ];
    const fault = this.#faults === 0 ? () => this.#cutForLong() : faults[this.#faults % faults.length];
    await fault?.();
    this.#faults++;
    const share = (changes * this.#faults) / (gateways * faultsEach);
    while (this.#log.told.length < share) await this.#log.write(wholeFrom(this.#random, 1, 10));
  }

  /** Somewhere in the next bytes, which may be within a commit. */
  async #cutWithin(bytes: number): Promise<void> {
    const direction = pick(['toServer', 'toClient'] as const, this.#random);
    let isCut: boolean = false;
    const cut = this.#proxy
      .cutAfter(direction, wholeFrom(this.#random, 0, direction === 'toServer' ? bytes / 8 : bytes))
      .then(() => {
        isCut = true;
      });
    while (!isCut) await this.#log.write(1);
    await cut;
    this.#cuts++;
  }

  #cutNow(): void {
    if (this.#proxy.open > 0) this.#cuts++;
    this.#proxy.cut();
  }

  /** While what came is held back; in one direction so long that readers are too slow. */
  async #cutPaused(): Promise<void> {
    const directions = pick([['toServer'], ['toClient'], ['toServer', 'toClient']] as const, this.#random);
    for (const direction of directions) this.#proxy.pause(direction);
    await this.#log.write(directions.join() === 'toServer' ? eventLimit : 5);
    this.#cutNow();
    this.#proxy.resume();
  }

  /** And again, while the watch is opened again. */
  async #cutTwice(): Promise<void> {
    this.#cutNow();
    await this.#cutWithin(1000);
  }

  /** Subscriptions begin, far back and not so far, before and after etcd accepts their watches. */
  async #cutOpening(): Promise<void> {
    const left = this.#log.after(this.#oldest).map(({ revision }) => revision);
    const far = left.filter((revision) => revision < this.#low);
    const starts = [pick(left, this.#random), pick(far.length > 0 ? far : left, this.#random)];
    const late = starts.map((after) => ({ after, reader: this.#subscribe(after) }));
    await this.#cutWithin(4000);
    for (const { after, reader } of late) {
      await reader.untilCount(Math.min(mostLateEvents, this.#log.after(after).length));
      await this.#finish(reader, after);
    }
  }

  /** For longer than requests may take. */
  async #cutForLong(): Promise<void> {
    this.#proxy.refuse();
    this.#cutNow();
    await this.#log.write(10);
    await this.#store.read({ ranges: [] }).catch(() => undefined);
    this.#proxy.admit();
  }
}
