import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { type GatewaySchema, openGatewaySchema } from './gateway-schema.ts';
import { wholeFrom } from './random.ts';
import { storeWith } from './store-with.ts';
import type { TcpProxy } from './tcp-proxy.ts';

export type Ending = 'done' | 'unchanged' | 'unknown';

const document = 'mutation ($id: ID) { createNetwork(input: { id: $id }) { network { id metadata } } }';

export interface CreateOftenOptions {
  /** Whose connection goes through the proxy. */
  readonly store: Store;
  readonly proxy: TcpProxy;
  readonly operations: number;
  readonly random: () => number;
}

/** What each of the networks was told to have become of it, by its id. */
export interface Told {
  readonly endings: ReadonlyMap<string, Ending>;
  readonly faults: number;
}

/** Creates networks under ids of its own choice, while the connection is cut, or falls silent, at random points. */
export async function createOften(options: CreateOftenOptions): Promise<Told> {
  const { link, end } = breakingLink(options);
  const gateway = await openGatewaySchema({ store: link, newId: randomUUID });
  const told = new Map<string, Ending>();
  for (let operation = 0; operation < options.operations; operation++) {
    const id = randomUUID();
    told.set(id, await create(gateway, { id }));
  }
  return { endings: told, faults: end() };
}

/** Creates so many networks, without an id, each asked for with an idempotency key until it was told to be done so often. */
export async function createStubbornly(options: CreateOftenOptions, times: number): Promise<{ readonly asked: number }> {
  const { link, end } = breakingLink(options);
  const gateway = await openGatewaySchema({ store: link, newId: randomUUID });
  let asked = 0;
  for (let operation = 0; operation < options.operations; operation++) {
    const idempotencyKey = randomUUID();
    for (let done = 0; done < times; asked++) if ((await create(gateway, { idempotencyKey })) === 'done') done++;
  }
  end();
  return { asked };
}

async function create(gateway: GatewaySchema, { id, idempotencyKey = null }: { id?: string; idempotencyKey?: string | null }) {
  const errors = await gateway.errorsOf(document, { idempotencyKey, variables: id === undefined ? {} : { id } });
  return endingOf(errors);
}

/** What the errors of `createNetwork` say became of it. Any other error than one of the store is none that may come. */
export function endingOf(errors: readonly object[]): Ending {
  const [error] = errors;
  if (error === undefined) return 'done';
  expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  // The payload could not be read, and the mutation itself was done.
  if (!('path' in error) || error.path !== 'createNetwork') return 'done';
  return 'outcome' in error ? 'unknown' : 'unchanged';
}

/** The store, whose connection breaks at some of its reads and at most of its commits, anywhere in a request or a reply. */
function breakingLink({ store, proxy, random }: CreateOftenOptions): { readonly link: Store; end(): number } {
  let faults = 0;
  function breakSometimes(share: number): void {
    proxy.disarm();
    // What was held back arrives late, at a time when it was given up.
    if (random() < 0.2) proxy.thaw();
    const chance = random();
    if (chance < share / 10) {
      faults++;
      proxy.freeze();
    } else if (chance < share) {
      const direction = random() < 0.5 ? 'toServer' : 'toClient';
      void proxy.cutAfter(direction, wholeFrom(random, 0, direction === 'toServer' ? 1500 : 150)).then(() => {
        faults++;
      });
    }
  }
  const link = storeWith(store, {
    read(request) {
      breakSometimes(0.1);
      return store.read(request);
    },
    commit(transaction) {
      breakSometimes(0.6);
      return store.commit(transaction);
    },
  });
  return {
    link,
    end() {
      proxy.disarm();
      proxy.thaw();
      return faults;
    },
  };
}

/** What lies in the store is what was told of it. */
export async function expectAsTold(store: Store, { endings: told }: Told): Promise<void> {
  const { results } = await store.read({ ranges: [{ start: 'lochness/networks/', end: 'lochness/networks0' }] });
  const versions = new Map(results[0]?.entries.map(({ key, version }) => [key.split('/')[2] ?? '', version]));
  for (const [id, ending] of told) {
    const version = versions.get(id) ?? 0;
    expect({ id, ending, version }).toEqual({
      id,
      ending,
      version: { done: 1, unchanged: 0, unknown: Math.min(version, 1) }[ending],
    });
  }
  expect([...versions.keys()].filter((id) => !told.has(id))).toEqual([]);
}
