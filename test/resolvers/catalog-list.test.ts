import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleCluster } from '../../src/demo/index.ts';
import { findJobsOfGuest } from '../../src/resolvers/job.ts';
import { type GatewaySchema, openGatewaySchema, readFixture } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, jobRecord, networkRecord, subnetRecord } from '../support/record.ts';

/** One store, read in both ways. */
interface Cluster {
  readonly inMemory: GatewaySchema;
  readonly direct: GatewaySchema;
  readonly values: Values;
}

type Values = Readonly<
  Record<'hypervisor' | 'network' | 'subnet' | 'flavor' | 'guest' | 'job' | 'ip' | 'mac' | 'image', string[]>
>;

/** What other tools and broken disks leave behind. */
const oddities: Readonly<Record<string, string>> = {
  [`networks/${id('a', 1)}/metadata`]: 'no JSON',
  [`networks/${id('a', 2)}/metadata`]: networkRecord(),
  [`subnets/${id('b', 1)}/metadata`]: '{"cidr":"10.0.0.0/33"}',
  [`subnets/${id('b', 2)}/metadata`]: subnetRecord({ network: id('a', 9) }),
  [`hypervisors/${id('d', 1)}/heartbeat`]: 'of a hypervisor without a record',
  [`hypervisors/${id('d', 1)}/subnets/${id('b', 2)}`]: 'br2',
  [`hypervisors/${id('d', 2)}/metadata`]: hypervisorRecord(),
  [`hypervisors/${id('d', 2)}/guests/${id('c', 9)}`]: 'gone',
  [`hypervisors/${id('d', 2)}/guests/${id('c', 1).toUpperCase()}`]: '',
  [`hypervisors/${id('d', 2)}/guests/${id('c', 1)}`]: '',
  [`hypervisors/${id('d', 2)}/guests/${id('c', 2)}`]: '',
  [`hypervisors/${id('d', 2)}/subnets/${id('b', 2).toUpperCase()}`]: 'br1',
  [`hypervisors/${id('d', 2)}/subnets/${id('b', 9)}`]: 'br9',
  [`hypervisors/${id('d', 3).toUpperCase()}/metadata`]: hypervisorRecord({ ip: '10.0.0.3' }),
  [`hypervisors/${id('d', 3).toUpperCase()}/guests/${id('c', 3)}`]: '',
  [`hypervisors/${id('d', 3).toUpperCase()}/heartbeat`]: 'x',
  [`guests/${id('c', 1)}/metadata`]: guestRecord({ flavor: id('f', 9), hypervisor: id('d', 9), metadata: { name: 'é' } }),
  [`guests/${id('c', 2)}/metadata`]: '{}',
  [`guests/${id('c', 3).toUpperCase()}/metadata`]: guestRecord({ flavor: id('f', 1), hypervisor: id('d', 3) }),
  [`guests/${id('c', 4)}/state`]: 'of a guest without a record',
  [`flavors/${id('f', 1)}/metadata`]: flavorRecord(),
  [`jobs/${id('9', 1)}`]: '[]',
  [`jobs/${id('9', 2)}`]: jobRecord({ guest: id('c', 9) }),
  [`jobs/${id('9', 3)}`]: jobRecord({ guest: id('c', 3) }),
  [`jobs/${id('9', 4)}`]: `of the guest ${id('c', 3).toUpperCase()}`,
  [`jobs/${id('9', 5)}`]: 'of the guest \\u0063',
  'vlans/9999/metadata': '{}',
  'config/__proto__': '',
};

async function openCluster(load: (gateway: GatewaySchema) => Promise<unknown>): Promise<Cluster> {
  const inMemory = await openGatewaySchema({ withCatalog: true });
  const direct = await openGatewaySchema({ store: inMemory.store });
  await load(inMemory);
  await inMemory.putAll(oddities);
  const all = await direct.query(`{
    hypervisors(first: 1000) { nodes { id } }  networks { nodes { id } }  subnets { nodes { id } }
    flavors { nodes { id imageId } }  guests(first: 1000) { nodes { id ip mac } }  jobs(first: 1000) { nodes { id } }
  }`);
  const of = (list: string, field = 'id'): string[] => {
    const values = all[list].nodes.map((node: Record<string, string | null>) => node[field]);
    return [...values.filter((value: string | null) => value !== null).slice(0, 12)];
  };
  const values = {
    hypervisor: [...of('hypervisors'), id('d', 1), id('d', 9)],
    network: [...of('networks'), id('a', 1)],
    subnet: [...of('subnets'), id('b', 9)],
    flavor: [...of('flavors'), id('f', 9)],
    guest: [...of('guests'), id('c', 2), id('c', 9)],
    job: [...of('jobs'), id('9', 1)],
    ip: [...of('guests', 'ip'), '9.9.9.9'],
    mac: [...of('guests', 'mac'), '02:00:00:00:00:01'],
    image: [...of('flavors', 'imageId'), id('e', 9)],
  };
  return { inMemory, direct, values };
}

let golden: Cluster;
let sample: Cluster;

beforeAll(async () => {
  golden = await openCluster(async (gateway) => {
    for (const fixture of ['cluster-a', 'edge']) await gateway.load(readFixture(fixture));
  });
  sample = await openCluster(async ({ store, services: { keys } }) => {
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys, hypervisorCount: 20, guestCount: 400, now: new Date(0), signal });
  });
}, 60_000);

afterAll(async () => {
  for (const cluster of [golden, sample]) {
    await cluster.direct.services.changes.close();
    await cluster.direct.services.agents.close();
    await cluster.inMemory.close();
  }
});

interface Outcome {
  readonly result: unknown;
  readonly revision: number | null;
  readonly broken: readonly string[];
}

async function outcomeOf(gateway: GatewaySchema, document: string, variables: Variables): Promise<Outcome> {
  const { result, context } = await gateway.run(document, { variables });
  const { revision, broken } = context.account();
  const named = broken.map(({ key, reason }) => `${key}: ${reason}`).sort();
  return { result: JSON.parse(JSON.stringify(result)), revision, broken: named };
}

type Variables = Readonly<Record<string, unknown>>;

async function expectSame({ inMemory, direct }: Cluster, document: string, variables: Variables = {}): Promise<Outcome> {
  expect(await inMemory.newContext().snapshot.catalog()).not.toBeNull();
  const [expected, actual] = [await outcomeOf(direct, document, variables), await outcomeOf(inMemory, document, variables)];
  expect(actual).toEqual(expected);
  return expected;
}

const pageFields = 'totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

function some(values: readonly string[]): fc.Arbitrary<string | undefined> {
  return fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
}

function several<T>(values: readonly T[]): fc.Arbitrary<T[] | undefined> {
  return fc.option(fc.array(fc.constantFrom(...values), { maxLength: 4 }), { nil: undefined, freq: 3 });
}

const flag = fc.option(fc.boolean(), { nil: undefined, freq: 2 });
const name = fc.option(fc.constantFrom('', 'web', 'E', '1', 'é'), { nil: undefined, freq: 3 });

interface ListKind {
  readonly type: string;
  readonly list: string;
  readonly fields: readonly string[] | null;
  readonly filter: (values: Values) => fc.Arbitrary<object>;
}

const guestStates = ['UNPLACED', 'PENDING', 'RUNNING', 'STOPPED', 'ERROR', 'UNKNOWN'];
const guestFilter = (values: Values) =>
  fc.record({
    ids: several(values.guest),
    name,
    states: several(guestStates),
    type: some(['kvm', 'x']),
    networkId: some(values.network),
    subnetId: some(values.subnet),
    hypervisorId: some(values.hypervisor),
    flavorId: some(values.flavor),
    imageId: some(values.image),
    ip: some(values.ip),
    mac: some(values.mac),
    placed: flag,
  });
const guests: ListKind = {
  type: 'Guest',
  list: 'guests',
  fields: ['ID', 'NAME', 'STATE', 'IP', 'HYPERVISOR'],
  filter: guestFilter,
};

/** Often none or few of the fields: several at random mostly find nothing. */
function filters(complete: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const few = fc.tuple(complete, fc.nat(), fc.nat()).map(([filter, ...chosen]) => {
    const entries = Object.entries(filter).filter(([, value]) => value !== undefined);
    return Object.fromEntries(chosen.flatMap((index) => entries.slice(index % Math.max(1, entries.length)).slice(0, 1)));
  });
  return fc.oneof(fc.constant({}), complete, few, few);
}

const others: readonly ListKind[] = [
  {
    type: 'Hypervisor',
    list: 'hypervisors',
    fields: ['ID', 'NAME', 'IP', 'FREE_MEMORY', 'FREE_DISK', 'GUEST_COUNT'],
    filter: (values) =>
      fc.record({
        ids: several(values.hypervisor),
        name,
        alive: flag,
        schedulable: flag,
        hasGuests: flag,
        subnetId: some(values.subnet),
        networkId: some(values.network),
      }),
  },
  {
    type: 'Subnet',
    list: 'subnets',
    fields: ['ID', 'NAME', 'CIDR', 'UTILIZATION', 'AVAILABLE'],
    filter: (values) =>
      fc.record({
        ids: several(values.subnet),
        name,
        networkId: some(values.network),
        containsAddress: some(values.ip),
        hasAvailableAddresses: flag,
        minUtilization: fc.option(fc.constantFrom(0, 0.01, 1), { nil: undefined, freq: 2 }),
      }),
  },
  {
    type: 'Job',
    list: 'jobs',
    fields: null,
    filter: (values) =>
      fc.record({
        ids: several(values.job),
        guestIds: several(values.guest),
        hypervisorId: some(values.hypervisor),
        statuses: several(['NEW', 'WORKING', 'DONE', 'ERROR']),
        action: some(['fetch', 'create', 'x']),
      }),
  },
  { type: 'Flavor', list: 'flavors', fields: null, filter: ({ image }) => fc.record({ name, imageId: some(image) }) },
  { type: 'Name', list: 'networks', fields: null, filter: ({ network }) => fc.record({ ids: several(network), name }) },
];

const size = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined });

/** A page anywhere in the list: its cursors are of items that another page of the same list shows, one of each at its ends. */
async function expectSamePages(cluster: Cluster, { type, list, fields, filter }: ListKind, runs: number): Promise<void> {
  const order = fields === null ? '' : `, $orderBy: ${type}Order`;
  const ordered = fields === null ? '' : ', orderBy: $orderBy';
  const document = `query ($filter: ${type}Filter, $first: Int, $last: Int, $after: String, $before: String${order}) {
    page: ${list}(filter: $filter, first: $first, last: $last, after: $after, before: $before${ordered}) { ${pageFields} }
  }`;
  const orderBy = fc.record({ field: fc.constantFrom(...(fields ?? ['ID'])), direction: fc.constantFrom('ASC', 'DESC') });
  const cut = fc.option(fc.nat({ max: 40 }), { nil: undefined, freq: 1 });
  let listed = 0;
  await fc.assert(
    fc.asyncProperty(
      filters(filter(cluster.values)),
      orderBy,
      size,
      size,
      cut,
      cut,
      async (asked, order, first, last, from, to) => {
        const variables = { filter: asked, orderBy: order };
        const whole = await cluster.direct.query(document, { variables: { orderBy: order, first: 41 } });
        const cursorAt = (index: number | undefined): unknown =>
          index === undefined ? undefined : (whole.page.edges[index]?.cursor ?? undefined);
        const args = { first, last, after: cursorAt(from), before: cursorAt(to) };
        const { result } = await expectSame(cluster, document, { ...variables, ...args });
        if (JSON.stringify(result).includes('"cursor"')) listed++;
      },
    ),
    { numRuns: runs },
  );
  // Else the filters find nothing, and nothing is compared.
  expect(listed).toBeGreaterThan(runs / 10);
}

describe.each([
  ['the golden clusters', () => golden],
  ['the sample cluster', () => sample],
])('of %s', (_name, cluster) => {
  it('a list of guests is the same from memory as read, whatever is asked of it', async () => {
    await expectSamePages(cluster(), guests, 400);
  });

  it.each(others)('a list of $list is the same from memory as read, whatever is asked of it', async (kind) => {
    await expectSamePages(cluster(), kind, 100);
  });

  it('counts are the same', async () => {
    await expectSame(
      cluster(),
      `{ cluster {
        hypervisorCount aliveHypervisorCount guestCount networkCount subnetCount guestCountByState { state count }
        totalResources { memory disk cpu } committedResources { memory disk cpu } freeResources { memory disk cpu }
      } }`,
    );
    await expectSame(cluster(), '{ guests { totalCount } }');
    await expectSame(cluster(), '{ brokenRecords { key reason } }');
  });

  it('the jobs of a guest alone are the same, with those that may be its and can not be read', async () => {
    const { inMemory, direct, values } = cluster();
    for (const guestId of [...values.guest, id('c', 3)]) {
      const [expected, actual] = await Promise.all(
        [direct, inMemory].map(async (gateway) => {
          const context = gateway.newContext();
          const jobs = await findJobsOfGuest(context, guestId);
          return { jobs: new Set(jobs.map((job) => job.id)), broken: new Set(context.account().broken.map(({ key }) => key)) };
        }),
      );
      expect(actual).toEqual(expected);
    }
  });

  it('what belongs to a node is the same', async () => {
    const guestPage = `{ ${pageFields} nodes { id name state flavor { id } subnet { id } hypervisor { id isAlive } jobs { ${pageFields} } } }`;
    await expectSame(
      cluster(),
      `{
        hypervisors { nodes {
          id isAlive schedulable heartbeat { value } committedResources { memory disk cpu } freeResources { memory disk cpu }
          guests(first: 5) ${guestPage}
          running: guests(filter: { states: [RUNNING] }, orderBy: { field: NAME, direction: DESC }, last: 3) ${guestPage}
          subnetAttachments { totalCount nodes { bridge subnet { id } } }
        } }
        networks { nodes {
          id guests(first: 2) ${guestPage}
          named: guests(filter: { placed: true, name: "1" }, orderBy: { field: IP, direction: ASC }, first: 3) ${guestPage}
          subnets { ${pageFields} nodes { addressing { available } hypervisorAttachments { totalCount nodes { bridge hypervisor { id } } } guests(first: 1) ${guestPage} } }
        } }
        flavors { nodes { id guests(first: 3) { ${pageFields} } } }
        firewallGroups { nodes { id guests(first: 3) { ${pageFields} } } }
        vlans { ${pageFields} }
        vlanGroups { nodes { id guests(first: 3) { ${pageFields} } } }
        configEntries { ${pageFields} }
      }`,
    );
  });
});
