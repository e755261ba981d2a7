import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawn } from '../../src/resolvers/placement/strategy.ts';
import { folderRange } from '../../src/store/keys.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';

const [network, subnet, flavor, newGuest] = [id('a', 1), id('b', 1), id('f', 1), id('c', 9999)];

let inMemory: GatewaySchema;
let direct: GatewaySchema;

beforeEach(async () => {
  inMemory = await openGatewaySchema({ withCatalog: true });
  direct = await openGatewaySchema({ store: inMemory.store });
  await inMemory.putAll({
    [`networks/${network}/metadata`]: networkRecord(),
    [`networks/${network}/subnets/${subnet}`]: '',
    [`subnets/${subnet}/metadata`]: subnetRecord({ network, cidr: '10.0.0.0/8', start: '10.0.0.1', end: '10.255.255.254' }),
    [`flavors/${flavor}/metadata`]: flavorRecord({ memory: 100, disk: 1, cpu: 1 }),
    [`guests/${newGuest}/metadata`]: guestRecord({ flavor, network }),
  });
});

afterEach(async () => {
  await direct.services.changes.close();
  await direct.services.agents.close();
  await inMemory.close();
});

interface Host {
  readonly memory: number;
  /** What it reports to have left; it may say more than its guests leave, or less. */
  readonly reported: number;
  readonly guests: number;
  readonly isAlive: boolean;
  readonly isCordoned: boolean;
  readonly isAttached: boolean;
}

const mostly = fc.oneof(fc.constant(true), fc.constant(true), fc.constant(true), fc.boolean());
const hosts: fc.Arbitrary<readonly Host[]> = fc.array(
  fc.record({
    memory: fc.constantFrom(300, 500, 500, 800),
    reported: fc.constantFrom(0, 200, 400, 500, 800),
    guests: fc.nat({ max: 4 }),
    isAlive: mostly,
    isCordoned: mostly.map((is) => !is),
    isAttached: mostly,
  }),
  { maxLength: 8 },
);

/** In place of the hypervisors that are there. */
async function putHosts(cluster: readonly Host[]): Promise<void> {
  const entries: Record<string, string> = {};
  for (const [number, { memory, reported, guests, isAlive, isCordoned, isAttached }] of cluster.entries()) {
    const directory = `hypervisors/${id('d', number)}/`;
    const total = { memory, disk: 1000, cpu: 8 };
    entries[`${directory}metadata`] = hypervisorRecord({
      total_resources: total,
      available_resources: { ...total, memory: reported },
    });
    if (isAlive) entries[`${directory}heartbeat`] = '';
    if (isCordoned) entries[`${directory}config/schedulable`] = 'false';
    if (isAttached) entries[`${directory}subnets/${subnet}`] = 'br0';
    for (let index = 0; index < guests; index++) {
      const guest = id('c', number * 100 + index);
      entries[`guests/${guest}/metadata`] = guestRecord({ flavor, network, hypervisor: id('d', number) });
      entries[`${directory}guests/${guest}`] = '';
    }
  }
  const { store, services } = inMemory;
  const { results } = await store.read({ ranges: [folderRange(services.keys, 'HYPERVISOR')] });
  const old = results.flatMap((result) => result.entries);
  await store.commit({ compares: [], writes: old.map(({ key }) => ({ type: 'delete', range: { start: key } })) });
  if (Object.keys(entries).length > 0) await inMemory.putAll(entries);
}

async function choiceOf(gateway: GatewaySchema, strategy: string): Promise<unknown> {
  const { result } = await gateway.run(
    `mutation { placeGuest(guestId: "${newGuest}", strategy: ${strategy}, dryRun: true) { hypervisor { id } } }`,
  );
  return JSON.parse(JSON.stringify({ data: result.data, errors: result.errors?.map(({ message }) => message) }));
}

describe('a hypervisor for a guest', () => {
  it('is the same one from memory as read: the first one of the report', async () => {
    await fc.assert(
      fc.asyncProperty(hosts, fc.constantFrom('SPREAD', 'PACK'), async (cluster, strategy) => {
        await putHosts(cluster);
        const { placementReport } = await inMemory.query(
          `{ placementReport(for: { guestId: "${newGuest}" }, strategy: ${strategy}) { candidates { hypervisor { id } } } }`,
        );
        const chosen = await choiceOf(inMemory, strategy);
        const [best] = placementReport.candidates;
        if (best !== undefined) expect(chosen).toEqual({ data: { placeGuest: { hypervisor: best.hypervisor } } });
        expect(chosen).toEqual(await choiceOf(direct, strategy));
      }),
      { numRuns: 100 },
    );
  });

  it('is any of those that can get the guest when the strategy is RANDOM, from memory as read', async () => {
    await fc.assert(
      fc.asyncProperty(hosts, async (cluster) => {
        await putHosts(cluster);
        const { placementReport } = await direct.query(
          `{ placementReport(for: { guestId: "${newGuest}" }) { candidates { hypervisor { id } } } }`,
        );
        const candidates: { readonly hypervisor: { readonly id: string } }[] = placementReport.candidates;
        for (const gateway of [inMemory, direct]) {
          const chosen = await choiceOf(gateway, 'RANDOM');
          const expected = candidates.map(({ hypervisor }) => ({ data: { placeGuest: { hypervisor } } }));
          if (expected.length > 0) expect(expected).toContainEqual(chosen);
          else expect(chosen).toMatchObject({ errors: [expect.stringContaining('No hypervisor can get the guest')] });
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a random order', () => {
  it('has each item once, and each is the first as often as the others', () => {
    const random = randomFrom(1);
    const firsts = new Map<number, number>();
    for (let draws = 0; draws < 4000; draws++) {
      const order = [...drawn([0, 1, 2, 3], random)];
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      const [first = -1] = order;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(count).toBeGreaterThan(850);
    expect([...drawn([], random)]).toEqual([]);
  });
});
