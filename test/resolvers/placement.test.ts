import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everybody } from '../../src/auth/index.ts';
import { type Context, createContext, openServices, type Services } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { beginMutation } from '../../src/resolvers/commit/index.ts';
import { createGuest } from '../../src/resolvers/mutation/guest-create.ts';
import { getFreeAddress } from '../../src/resolvers/placement/free-address.ts';
import type { PlacementStrategy } from '../../src/resolvers/placement/strategy.ts';
import { requireNode } from '../../src/resolvers/require.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Store, Transaction } from '../../src/store/store.ts';
import { type GatewaySchema, openGatewaySchema, prefix } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';
import { unreliableStore } from '../support/unreliable-store.ts';

const [network, subnet, flavor, bigFlavor] = [id('a', 1), id('b', 1), id('f', 1), id('f', 2)];
const hypervisorCount = 40;
const guestsEach = 30;

let gateway: GatewaySchema;
let services: Services;
/** Of a gateway that reads what the store holds in this process. */
let inMemory: Services;
let clockMs: number;
let transactions: Transaction[];

beforeEach(async () => {
  const store = openMemoryStore({ log: silentLog });
  gateway = await openGatewaySchema({ store });
  transactions = [];
  clockMs = 0;
  const options = { prefix, log: silentLog, now: () => new Date(clockMs), random: randomFrom(1) };
  services = openServices({ store: recording(store), ...options });
  inMemory = openServices({ store: recording(store), memory: store.memory, ...options });
  await inMemory.catalog?.loaded;
});

afterEach(async () => {
  inMemory.catalog?.close();
  await gateway.close();
});

/** How the gateway reads, and what makes the tests do so. */
const readers: [name: string, choose: () => void][] = [
  ['that reads the store', () => undefined],
  [
    'that reads what is in memory',
    () => {
      services = inMemory;
    },
  ],
];

function recording(store: Store): Store {
  return {
    ...unreliableStore(store, []),
    commit(transaction) {
      transactions.push(transaction);
      return store.commit(transaction);
    },
  };
}

function newContext(): Context {
  return createContext(services, { signal: new AbortController().signal, viewer: everybody });
}

interface Creation {
  readonly strategy?: PlacementStrategy;
  readonly flavorId?: string;
}

/** Creates a guest and answers where it is, and what that cost. */
async function create({ strategy = 'RANDOM', flavorId = flavor }: Creation = {}) {
  const context = newContext();
  const mutation = beginMutation(context, { field: 'createGuest', responseName: 'createGuest', args: {} });
  const input = { type: 'kvm', flavorId, networkId: network };
  const { guestId } = await createGuest(mutation, { input, place: true, strategy });
  const { cost } = context.account();
  const guest = await requireNode(context.loaders.GUEST, guestId);
  return { hypervisorId: guest.hypervisorId ?? '', ip: guest.ip ?? '', cost };
}

function host(number: number, { memory = 10_000, guests = guestsEach } = {}): [string, string][] {
  const [hypervisor, resources] = [id('d', number), { memory, disk: 1_000_000, cpu: 8 }];
  const entries: [string, string][] = [
    [`hypervisors/${hypervisor}/metadata`, hypervisorRecord({ total_resources: resources, available_resources: resources })],
    [`hypervisors/${hypervisor}/heartbeat`, ''],
    [`hypervisors/${hypervisor}/subnets/${subnet}`, 'br0'],
  ];
  for (let index = 0; index < guests; index++) {
    const guest = id('c', number * 1000 + index);
    const ip = `10.0.${number}.${index + 1}`;
    entries.push([`guests/${guest}/metadata`, guestRecord({ hypervisor, subnet, ip })]);
    entries.push([`hypervisors/${hypervisor}/guests/${guest}`, guest]);
    entries.push([`subnets/${subnet}/addresses/${ip}`, guest]);
  }
  return entries;
}

const inventory: [string, string][] = [
  [`networks/${network}/metadata`, networkRecord()],
  [`networks/${network}/subnets/${subnet}`, ''],
  [`subnets/${subnet}/metadata`, subnetRecord({ network, cidr: '10.0.0.0/8', start: '10.0.0.1', end: '10.255.255.254' })],
  [`flavors/${flavor}/metadata`, flavorRecord({ memory: 100 })],
  [`flavors/${bigFlavor}/metadata`, flavorRecord({ memory: 20_000 })],
];

async function load(entries: readonly [string, string][]): Promise<void> {
  await gateway.load([...new Map(entries)].map(([key, value]) => ({ key: prefix + key, value, lease: false })));
}

/** More keys of hypervisors than are read each time. */
async function loadLargeCluster(): Promise<void> {
  await load([...inventory, ...Array.from({ length: hypervisorCount }, (_, index) => host(index)).flat()]);
}

describe('placement in a large cluster', () => {
  it('on any hypervisor reads a few hypervisors and the guests of one', async () => {
    await loadLargeCluster();
    await create();
    const { cost } = await create();
    expect(cost.keys).toBeLessThan(250);
    expect(cost.waves).toBe(5);
  });

  it('on the emptiest one reads all hypervisors without their guests, and the guests of one', async () => {
    await loadLargeCluster();
    await load(host(77, { memory: 50_000 }));
    await create();
    const { hypervisorId, cost } = await create({ strategy: 'SPREAD' });
    expect(hypervisorId).toBe(id('d', 77));
    expect(cost.keys).toBeLessThan(300);
  });

  it('on the emptiest one trusts no report of what is available that the guests contradict', async () => {
    await load(inventory);
    await load([
      ...host(1, { memory: 9000, guests: 80 }),
      ...host(2, { memory: 8000, guests: 65 }),
      ...host(3, { memory: 7000 }),
    ]);
    const { hypervisorId } = await create({ strategy: 'SPREAD' });
    expect(hypervisorId).toBe(id('d', 3));
  });

  it('finds a hypervisor that came a moment ago when no other will do, and any of them a little later', async () => {
    await loadLargeCluster();
    await create();
    await load(host(77, { memory: 50_000 }));
    const { hypervisorId } = await create({ flavorId: bigFlavor });
    expect(hypervisorId).toBe(id('d', 77));
    clockMs += 30_000;
    await create();
    await gateway.remove(`hypervisors/${id('d', 77)}/heartbeat`);
    await expect(create({ flavorId: bigFlavor })).rejects.toMatchObject({
      code: 'NO_CANDIDATES',
      details: { rejected: { ALIVE: 1, MEMORY: hypervisorCount } },
    });
  });

  it('does not choose hypervisors that were there a moment ago', async () => {
    await loadLargeCluster();
    await create();
    for (let number = 1; number < hypervisorCount; number++) await gateway.remove(`hypervisors/${id('d', number)}/metadata`);
    for (const strategy of ['RANDOM', 'SPREAD', 'PACK'] as const) {
      const { hypervisorId } = await create({ strategy });
      expect(hypervisorId).toBe(id('d', 0));
    }
  });

  it('reads the ids of the hypervisors anew after half a minute, and when the clock was put back', async () => {
    await loadLargeCluster();
    await create();
    for (const change of [30_000, -1]) {
      clockMs += change;
      expect((await create()).cost.keys).toBeGreaterThan(hypervisorCount * guestsEach);
      expect((await create()).cost.keys).toBeLessThan(250);
    }
  });
});

describe.each(readers)('a gateway %s', (_name, choose) => {
  beforeEach(choose);

  it('does not let callers of one gateway be in the way of each other', async () => {
    await loadLargeCluster();
    for (const strategy of ['RANDOM', 'SPREAD', 'PACK'] as const) {
      await create({ strategy });
      transactions.length = 0;
      await Promise.all(Array.from({ length: 16 }, () => create({ strategy })));
      expect(transactions).toHaveLength(16);
    }
  });

  it('places the guests of many callers on a few hypervisors, one after the other where they are in the way of each other', async () => {
    await load([...inventory, ...host(1, { guests: 0 }), ...host(2, { guests: 0 })]);
    const callers = 24;
    const placed = await Promise.all(Array.from({ length: callers }, () => create({ strategy: 'SPREAD' })));
    expect(new Set(placed.map(({ hypervisorId }) => hypervisorId)).size).toBe(2);
    expect(new Set(placed.map(({ ip }) => ip)).size).toBe(callers);
    // Most lose one race, and then wait for their turn.
    expect(transactions.length).toBeLessThanOrEqual(3 * callers);
  });
});

describe('the transaction of a placement', () => {
  it('stays within the limits of a store, however many flavors and links the hypervisor has', async () => {
    await load([...inventory, ...host(1, { memory: 1_000_000, guests: 0 })]);
    for (let index = 0; index < 100; index++) {
      const [guest, lost, ofGuest] = [id('c', index), id('c', 500 + index), id('f', 100 + index)];
      await load([
        [`flavors/${ofGuest}/metadata`, flavorRecord({ memory: 1 })],
        [`guests/${guest}/metadata`, guestRecord({ hypervisor: id('d', 1), flavor: ofGuest })],
        [`hypervisors/${id('d', 1)}/guests/${guest}`, guest],
        [`hypervisors/${id('d', 1)}/guests/${lost}`, lost],
      ]);
    }
    await create();
    const [transaction] = transactions;
    expect(transaction?.compares.length).toBeLessThanOrEqual(110);
    const compared = transaction?.compares.map(({ range }) => range.start) ?? [];
    expect(compared.filter((key) => key.startsWith(`${prefix}flavors/${id('f', 1).slice(0, 8)}`)).length).toBeGreaterThan(40);
    // Of the links to guests without a record, the newest.
    expect(compared).toContain(`${prefix}guests/${id('c', 599)}/metadata`);
    expect(compared).not.toContain(`${prefix}guests/${id('c', 500)}/metadata`);
  });
});

describe.each(readers)('a free address for a gateway %s', (_name, choose) => {
  beforeEach(choose);

  async function freeAddress() {
    const context = newContext();
    const free = await getFreeAddress(context, await requireNode(context.loaders.SUBNET, subnet));
    expect(await getFreeAddress(context, await requireNode(context.loaders.SUBNET, subnet))).toBe(free);
    return { free, keys: context.snapshot.cost.keys };
  }

  it('of a subnet with many held ones is found without reading them', async () => {
    await load(inventory);
    await load(
      Array.from({ length: 3000 }, (_, index) => [`subnets/${subnet}/addresses/10.0.${index >> 8}.${index & 255}`, 'x']),
    );
    const { free, keys } = await freeAddress();
    expect(free).toMatch(/^10\.\d+\.\d+\.\d+$/);
    expect(keys).toBeLessThan(20);
  });

  it('is found where only one is left, and is null where none is', async () => {
    const range = { network, cidr: '10.0.0.0/22', start: '10.0.0.0', end: '10.0.3.255', gateway: '10.0.1.1' };
    await load([...inventory, [`subnets/${subnet}/metadata`, subnetRecord(range)]]);
    const all = Array.from({ length: 1024 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const held = all.filter((ip) => ip !== '10.0.2.7' && ip !== range.gateway);
    await load(held.map((ip) => [`subnets/${subnet}/addresses/${ip}`, 'x']));
    expect((await freeAddress()).free).toBe('10.0.2.7');
    await load([[`subnets/${subnet}/addresses/10.0.2.7`, 'x']]);
    expect((await freeAddress()).free).toBeNull();
  });

  it.each([
    ['10.0.0.4/31', '10.0.0.4', '10.0.0.5', '::ffff:10.0.0.4', '10.0.0.5'],
    ['10.0.0.4/31', '10.0.0.4', '10.0.0.5', '0:0:0:0:0:FFFF:a00:5', '10.0.0.4'],
    ['2001:db8::/127', '2001:db8::', '2001:db8::1', '2001:DB8:0::0', '2001:db8::1'],
    ['2001:db8::/127', '2001:db8::', '2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:db8::'],
  ])('of %s is none that another tool holds under another spelling', async (cidr, start, end, held, left) => {
    await load([...inventory, [`subnets/${subnet}/metadata`, subnetRecord({ network, cidr, start, end })]]);
    await load([[`subnets/${subnet}/addresses/${held}`, 'x']]);
    for (let tries = 0; tries < 8; tries++) expect((await freeAddress()).free).toBe(left);
  });
});
