import { pick, wholeFrom } from '../../support/random.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { type RunningGateway, startGateway } from '../program.ts';
import type { Ledger } from './ledger.ts';

interface FaultyGateway {
  readonly proxy: TcpProxy;
  gateway: RunningGateway;
}

const gatewayCount = 3;
/** Between two faults. */
const operationsBetween = { least: 10, most: 80 };
const killed = 0.3;

/** Gateways that are killed and come back, whose connections to etcd are cut at random points. */
export class FaultyGateways {
  readonly #gateways: readonly FaultyGateway[];
  readonly #dead = new Set<FaultyGateway>();
  kills = 0;
  cuts = 0;

  private constructor(gateways: readonly FaultyGateway[]) {
    this.#gateways = gateways;
  }

  static async start(etcdPort: number): Promise<FaultyGateways> {
    const starting = Array.from({ length: gatewayCount }, async () => {
      const proxy = await startTcpProxy(etcdPort);
      return { proxy, gateway: await startBehind(proxy) };
    });
    return new FaultyGateways(await Promise.all(starting));
  }

  /** Of those that live. */
  urls(): readonly string[] {
    return this.#gateways.filter((one) => !this.#dead.has(one)).map(({ gateway }) => gateway.url);
  }

  /** One fault after the other, until the race is over. */
  async trouble(ledger: Ledger, random: () => number, over: AbortSignal): Promise<void> {
    const raceIsOver = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
    while (!over.aborted) {
      await Promise.race([ledger.after(wholeFrom(random, operationsBetween.least, operationsBetween.most)), raceIsOver]);
      const victim = pick(this.#gateways, random);
      if (random() < killed) await this.#kill(victim);
      else this.#cut(victim.proxy, random);
    }
  }

  async #kill(victim: FaultyGateway): Promise<void> {
    this.kills += 1;
    this.#dead.add(victim);
    await victim.gateway.program.end('SIGKILL');
    victim.gateway = await startBehind(victim.proxy);
    this.#dead.delete(victim);
  }

  #cut(proxy: TcpProxy, random: () => number): void {
    const direction = random() < 0.5 ? 'toServer' : 'toClient';
    void proxy.cutAfter(direction, wholeFrom(random, 0, 4000)).then(() => {
      this.cuts += 1;
    });
  }

  async close(): Promise<void> {
    for (const { gateway, proxy } of this.#gateways) {
      proxy.disarm();
      await gateway.program.end('SIGTERM');
      await proxy.close();
    }
  }
}

function startBehind(proxy: TcpProxy): Promise<RunningGateway> {
  return startGateway(['serve', '--no-jobs', '--etcd', proxy.url, '--log-level', 'silent']);
}
