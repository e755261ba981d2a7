import { afterEach } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { ReadRequest, Revision, Store, Watch, Write } from '../../src/store/store.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { storeWith } from '../support/store-with.ts';
import { openRawSocket, type RawSocket } from '../support/ws-client.ts';

/** What is closed at the end of the test, last first. */
export const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export interface CountingGateway extends Gateway {
  readonly store: Store;
  /** Watches of the store that are open. */
  watchCount(): number;
  /** Reads at a revision that somebody chose. */
  readonly reads: readonly ReadRequest[];
  /** Values by their keys, without the prefix, in one commit. */
  put(entries: Readonly<Record<string, string>>): Promise<Revision>;
}

/** A gateway on a store in memory, that counts what it asks of the store. */
export async function openCountingGateway(options: Partial<GatewayOptions> = {}): Promise<CountingGateway> {
  const bare = openMemoryStore({ log: silentLog, now: () => 100 });
  closing.push(() => bare.close());
  let watches = 0;
  const reads: ReadRequest[] = [];
  const store = storeWith(bare, {
    read(request) {
      if (request.at !== undefined) reads.push(request);
      return bare.read(request);
    },
    async watch(request) {
      const watch = await bare.watch(request);
      watches++;
      let isOpen = true;
      const close = () => {
        if (isOpen) watches--;
        isOpen = false;
        return watch.close();
      };
      return new Proxy(watch, {
        get: (target: Watch, name) => (name === 'close' ? close : boundMember(target, name)),
      });
    },
  });
  const gateway = await startGateway({ schema, logLevel: 'silent', ...options, store });
  closing.push(() => gateway.stop());
  return {
    ...gateway,
    store,
    reads,
    watchCount: () => watches,
    async put(entries) {
      const writes = Object.entries(entries).map(
        ([key, value]): Write => ({ type: 'put', key: `lochness/${key}`, value: Buffer.from(value) }),
      );
      return (await store.commit({ compares: [], writes })).revision;
    },
  };
}

function boundMember(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target);
  return typeof member === 'function' ? member.bind(target) : member;
}

/** A WebSocket that may ask. */
export async function openReadySocket(gateway: Gateway): Promise<RawSocket> {
  const raw = await openRawSocket(gateway.url);
  closing.push(() => raw.socket.terminate());
  raw.send({ type: 'connection_init' });
  await raw.receive();
  return raw;
}
