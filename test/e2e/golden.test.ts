import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Store } from '../../src/store/store.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { type GoldenKind, type GoldenNode, goldenKinds, readGolden } from '../support/golden.ts';

interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** Each keyspace is read from each of these. */
const stores: Readonly<Record<string, () => Promise<OpenedStore>>> = {
  embedded: async () => {
    const store = openMemoryStore({ log: silentLog });
    return { store, close: () => store.close() };
  },
  etcd: () => startEtcdWithStore(),
};

/** A node that the gateway answers otherwise than the Go library, as data-model.md demands. */
interface Difference {
  readonly kind: GoldenKind;
  readonly id: string;
  readonly reason: string;
  /** The fields that are not as Go has them; all of a node that Go can't read. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const differences: Readonly<Record<string, readonly Difference[]>> = {
  'cluster-a': [
    {
      kind: 'hypervisors',
      id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
      reason: 'Go loses config keys with a slash when it reads a hypervisor back; here they are kept whole',
      fields: { config: { defaultGateway: '10.10.1.1', guestDiskDir: '/mistify/guests', 'nested/key': 'lost on Refresh' } },
    },
    {
      kind: 'jobs',
      id: '6bbe79ef-eb43-4e1f-a597-5f6a8d10dd19',
      reason: "Go takes a job's lock to read it and fails while another holds it; here a lock disturbs no reader",
      fields: {
        action: 'create',
        status: 'NEW',
        guest: '3def24a0-2ef7-4320-9fc8-c3c57918b256',
        remoteId: null,
        error: null,
        startedAt: null,
        finishedAt: null,
      },
    },
    {
      kind: 'guests',
      id: '3def24a0-2ef7-4320-9fc8-c3c57918b256',
      reason: 'Go could not read its one job',
      fields: { jobs: ['6bbe79ef-eb43-4e1f-a597-5f6a8d10dd19'] },
    },
  ],
  edge: [
    {
      kind: 'flavors',
      id: 'aabbccdd-eeff-4011-8022-aabbccddeeff',
      reason:
        'Go cannot reach a key with an upper-case id; here it is listed, in lower case, and so is its image, written as a URN',
      fields: {
        metadata: {},
        name: null,
        imageId: 'aabbccdd-eeff-4011-8022-aabbccddee00',
        resources: { memory: 0, disk: 0, cpu: 0 },
        guests: [],
      },
    },
    {
      kind: 'subnets',
      id: '6d1aadc9-e503-4e4b-99bf-11ae0a796ebc',
      reason: 'Go panics when it counts the addresses of an IPv6 subnet',
      fields: {
        available: 240,
        availableAddresses: Array.from({ length: 240 }, (_, index) => `2001:db8:1::${(0x10 + index).toString(16)}`),
      },
    },
    {
      kind: 'hypervisors',
      id: '68df4d6b-15c5-4422-954e-2ca75f2c3053',
      reason: 'Go cuts a config key behind its last "config/"; here it is kept whole',
      fields: { config: { 'config/x': 'under config/config' } },
    },
  ],
};

const ids = '{ nodes { id } }';
const list = '(first: 1000)';
const readAll = `{
  networks${list} { totalCount nodes { id metadata name subnets${list} ${ids} guests${list} ${ids} } }
  subnets${list} { totalCount nodes {
    id metadata name networkId network { id } cidr gateway startRange endRange
    addresses${list} { totalCount nodes { ip ownerId guest { id } } } addressing { used available } availableAddresses(first: 1000)
    hypervisorAttachments${list} { nodes { hypervisorId hypervisor { id } bridge } } guests${list} ${ids}
  } }
  hypervisors${list} { totalCount nodes {
    id metadata name ip netmask gateway mac totalResources { memory disk cpu } availableResources { memory disk cpu }
    isAlive heartbeat { value } config guests${list} ${ids}
    subnetAttachments${list} { nodes { subnetId subnet { id } hypervisorId hypervisor { id } bridge } }
  } }
  guests${list} { totalCount nodes {
    id metadata name type flavorId flavor { id } networkId network { id } hypervisorId hypervisor { id } subnetId subnet { id }
    firewallGroupId firewallGroup { id } vlanGroupId vlanGroup { id } mac ip bridge state jobs${list} ${ids}
  } }
  flavors${list} { totalCount nodes { id metadata name imageId resources { memory disk cpu } guests${list} ${ids} } }
  firewallGroups${list} { totalCount nodes {
    id metadata name rules { source sourceGroupId sourceGroup { id } portStart portEnd protocol action } guests${list} ${ids}
  } }
  vlans${list} { totalCount nodes { id tag description groups${list} ${ids} } }
  vlanGroups${list} { totalCount nodes { id metadata name description vlans${list} { nodes { tag } } guests${list} ${ids} } }
  jobs${list} { totalCount nodes { id action status guestId guest { id } remoteId error startedAt finishedAt } }
  configEntries${list} { totalCount nodes { id key value } }
  brokenRecords { key }
}`;

// biome-ignore lint/suspicious/noExplicitAny: an answer of the query above; what is not there fails the comparison.
type Answered = any;

const idsOf = (connection: Answered): string[] => connection.nodes.map(({ id }: Answered) => id);

/** The raw id and the node that it leads to must be the same. */
function reference(id: string | null, node: { readonly id: string } | null): string | null {
  expect(node?.id ?? null).toBe(id);
  return id;
}

/** An answered node in the form of the golden ones. */
const forms: Readonly<Record<GoldenKind, (node: Answered) => object>> = {
  networks: ({ subnets, guests, ...node }) => ({ ...node, subnets: idsOf(subnets), guests: idsOf(guests) }),
  subnets: ({ networkId, network, addresses, addressing, hypervisorAttachments: _reverse, guests, ...node }) => {
    expect(addressing.used).toBe(addresses.totalCount);
    const owners = addresses.nodes.map(({ ip, ownerId, guest }: Answered) => [ip, reference(ownerId, guest)]);
    return {
      ...node,
      network: reference(networkId, network),
      addresses: Object.fromEntries(owners),
      available: addressing.available,
      guests: idsOf(guests),
    };
  },
  hypervisors: ({ heartbeat, guests, subnetAttachments, ...node }) => {
    expect(heartbeat !== null).toBe(node.isAlive);
    const bridges = subnetAttachments.nodes.map(({ subnetId, subnet, hypervisorId, hypervisor, bridge }: Answered) => {
      expect(reference(hypervisorId, hypervisor)).toBe(node.id);
      return [reference(subnetId, subnet), bridge];
    });
    return { ...node, guests: idsOf(guests), subnets: Object.fromEntries(bridges) };
  },
  guests: ({ flavorId, networkId, hypervisorId, subnetId, firewallGroupId, vlanGroupId, state, jobs, ...node }) => ({
    ...node,
    flavor: reference(flavorId, node.flavor),
    network: reference(networkId, node.network),
    hypervisor: reference(hypervisorId, node.hypervisor),
    subnet: reference(subnetId, node.subnet),
    firewallGroup: reference(firewallGroupId, node.firewallGroup),
    vlanGroup: reference(vlanGroupId, node.vlanGroup),
    isPlaced: state !== 'UNPLACED',
    jobs: idsOf(jobs),
  }),
  flavors: ({ guests, ...node }) => ({ ...node, guests: idsOf(guests) }),
  firewallGroups: ({ rules, guests, ...node }) => ({
    ...node,
    rules: rules.map(({ sourceGroupId, sourceGroup, ...rule }: Answered) => ({
      ...rule,
      sourceGroup: reference(sourceGroupId, sourceGroup),
    })),
    guests: idsOf(guests),
  }),
  vlans: ({ groups, ...node }) => ({ ...node, groups: idsOf(groups) }),
  vlanGroups: ({ vlans, guests, ...node }) => ({
    ...node,
    vlans: vlans.nodes.map(({ tag }: Answered) => tag),
    guests: idsOf(guests),
  }),
  jobs: ({ guestId, guest, ...node }) => ({ ...node, guest: reference(guestId, guest) }),
  configEntries: (node) => node,
};

/** The Go program prints the free addresses of small subnets only: where it did not, there is nothing to compare them with. */
function likeExpected({ availableAddresses, ...node }: Answered, expected: GoldenNode | undefined): Answered {
  return expected !== undefined && 'availableAddresses' in expected ? { ...node, availableAddresses } : node;
}

function byId<T extends { readonly id: string }>(nodes: readonly T[]): T[] {
  return nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What the gateway must answer: what Go says, but for the differences. */
function expectedNodes(fixture: string, kind: GoldenKind): GoldenNode[] {
  const nodes = new Map(readGolden(fixture)[kind].map((node) => [node.id, node]));
  for (const { id, fields } of (differences[fixture] ?? []).filter((difference) => difference.kind === kind)) {
    nodes.set(id, { ...nodes.get(id), ...fields, id });
  }
  const all = [...nodes.values()];
  return kind === 'vlans' ? all : byId(all);
}

for (const [storeName, open] of Object.entries(stores)) {
  describe.each(['cluster-a', 'edge'])(`the keyspace %s, read from the ${storeName} store through GraphQL,`, (fixture) => {
    let opened: OpenedStore;
    let gateway: GatewaySchema;
    let answer: Answered;

    beforeAll(async () => {
      opened = await open();
      gateway = await openGatewaySchema({ store: opened.store, fixtures: [fixture] });
      answer = await gateway.query(readAll);
    });

    afterAll(() => opened.close());

    it.each(goldenKinds)('has the %s that the Go library has', (kind) => {
      const { totalCount, nodes } = answer[kind];
      const expected = expectedNodes(fixture, kind);
      // Jobs come newest first, and all of the keyspace was written at once.
      const answered = kind === 'jobs' ? byId(nodes) : nodes;
      expect(answered.map((node: Answered, index: number) => likeExpected(forms[kind](node), expected[index]))).toEqual(expected);
      expect(totalCount).toBe(expected.length);
    });

    it('says the same of attachments from the side of the subnet', () => {
      const pairs = (nodes: Answered[]) => new Set(nodes.map((pair) => JSON.stringify(pair)));
      const ofHypervisors = answer.hypervisors.nodes.flatMap((hypervisor: Answered) =>
        hypervisor.subnetAttachments.nodes.map(({ subnetId, bridge }: Answered) => [hypervisor.id, subnetId, bridge]),
      );
      const ofSubnets = answer.subnets.nodes.flatMap((subnet: Answered) =>
        subnet.hypervisorAttachments.nodes.map(({ hypervisorId, hypervisor, bridge }: Answered) => [
          reference(hypervisorId, hypervisor),
          subnet.id,
          bridge,
        ]),
      );
      expect(pairs(ofSubnets)).toEqual(pairs(ofHypervisors));
    });

    it('has no record that cannot be read', () => {
      expect(answer.brokenRecords).toEqual([]);
    });
  });
}

describe('each difference from the Go library', () => {
  it.each(Object.entries(differences).flatMap(([fixture, all]) => all.map((difference) => ({ fixture, ...difference }))))(
    'in $fixture is one: $reason',
    ({ fixture, kind, id, fields }) => {
      const node = readGolden(fixture)[kind].find((golden) => golden.id === id);
      for (const [field, value] of Object.entries(fields)) expect(node?.[field]).not.toEqual(value);
    },
  );
});
