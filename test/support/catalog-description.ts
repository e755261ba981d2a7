import { comparePositions, type SortDirection } from '../../src/resolvers/ordering.ts';
import type { BrokenRecord } from '../../src/store/broken-record.ts';
import { type CatalogView, guestGroupFields, type NodeSet } from '../../src/store/catalog/index.ts';
import { BrokenRecordError } from '../../src/store/decode-node.ts';
import type { Entity } from '../../src/store/entities/entity.ts';
import type { Guest } from '../../src/store/entities/guest.ts';
import { type Keys, type NodeKind, nodeKinds } from '../../src/store/keys.ts';
import { prefixRange, textFromKey } from '../../src/store/range.ts';
import type { KeyValue, Store } from '../../src/store/store.ts';
import { compareKey, parseIPAddress } from '../../src/store/values/ip-address.ts';
import { canonicalUuid } from '../../src/store/values/uuid.ts';
import { openView } from '../../src/store/view.ts';

/** What is looked for by name or value, whether it is there or not. */
export interface Probes {
  readonly names: { readonly [K in NodeKind]: readonly string[] };
}

/** All that a catalog says, put so that what the keys say can be put in the same way. */
export function describeCatalog(catalog: CatalogView, { names }: Probes): object {
  const guests = catalog.nodes('GUEST').toArray();
  return {
    kinds: nodeKinds.map((kind) => ({
      kind,
      set: describeSet<Entity>(catalog.nodes(kind)),
      broken: catalog.broken(kind),
      found: names[kind].map((name) => outcomeOf(() => catalog.get(kind, name))),
      paths: names[kind].map((name) => catalog.pathOf(kind, name)),
    })),
    groups: guestGroupFields.map((field) => ({
      field,
      groups: valuesOf(guests, field, names).map((value) => [value, describeSet(catalog.guestsBy(field, value))]),
      counts: sortedCounts(catalog.guestCounts(field)),
    })),
    subnets: names.NETWORK.map((id) => describeSet(catalog.subnetsOfNetwork(id))),
    jobs: names.GUEST.map((id) => describeSet(catalog.jobsOfGuest(id))),
    guestLinks: names.GUEST.map((id) => catalog.linksToGuest(id)),
    subnetLinks: names.SUBNET.map((id) => catalog.linksToSubnet(id)),
  };
}

/** The same from the keys themselves: read, decoded, filtered and sorted one by one. */
export async function describeKeys({ store, keys }: { store: Store; keys: Keys }, { names }: Probes): Promise<object> {
  const { loaders } = openView({ store, keys });
  const guests = (await loaders.GUEST.list()).all;
  const subnets = (await loaders.SUBNET.list()).all;
  const jobs = (await loaders.JOB.list()).all;
  const entries = (await store.read({ ranges: [prefixRange(keys.prefix)] })).results.flatMap((result) => result.entries);
  return {
    kinds: await Promise.all(
      nodeKinds.map(async (kind) => {
        const { broken, ...listing } = openView({ store, keys }).loaders;
        const { all } = await listing[kind].list();
        return {
          kind,
          set: describeNodes<Entity>(all, ordersOf[kind]),
          broken: broken.all.toSorted(byKey),
          found: await Promise.all(names[kind].map((name) => laterOutcomeOf(openView({ store, keys }).loaders[kind].get(name)))),
          paths: await Promise.all(
            names[kind].map(async (name) => (await openView({ store, keys }).loaders[kind].locate(name))?.path ?? null),
          ),
        };
      }),
    ),
    groups: guestGroupFields.map((field) => ({
      field,
      groups: valuesOf(guests, field, names).map((value) => {
        const orders = field === 'ip' || field === 'mac' ? ['ID'] : ['ID', 'NAME'];
        const group = guests.filter((guest) => guest[field] === value);
        return [value, describeNodes(group, orders)];
      }),
      counts: sortedCounts(countsOf(guests.map((guest) => guest[field]))),
    })),
    subnets: names.NETWORK.map((id) =>
      describeNodes(
        subnets.filter(({ networkId }) => networkId === id),
        ['ID', 'NAME'],
      ),
    ),
    jobs: names.GUEST.map((id) =>
      describeNodes(
        jobs.filter(({ guestId }) => guestId === id),
        ['ID'],
      ),
    ),
    guestLinks: names.GUEST.map((id) => linksTo(entries, 'guests', id)),
    subnetLinks: names.SUBNET.map((id) => linksTo(entries, 'subnets', id)),
  };
}

const idAndName = ['ID', 'NAME'];
const ordersOf: { readonly [K in NodeKind]: readonly string[] } = {
  NETWORK: idAndName,
  SUBNET: idAndName,
  HYPERVISOR: idAndName,
  GUEST: ['ID', 'NAME', 'STATE', 'IP', 'HYPERVISOR'],
  FLAVOR: idAndName,
  FIREWALL_GROUP: idAndName,
  VLAN: ['ID'],
  VLAN_GROUP: idAndName,
  JOB: ['ID', 'CREATED'],
  CONFIG: ['ID'],
};
const allOrders = ['ID', 'NAME', 'STATE', 'IP', 'HYPERVISOR', 'CREATED'];
const directions: readonly SortDirection[] = ['ASC', 'DESC'];

/** Both ways through each order that it is kept in. */
function describeSet<T extends Entity>(set: NodeSet<T>): object {
  const orders = allOrders.flatMap((order) => {
    const sorted = set.sortedBy(order);
    if (sorted === null) return [];
    const walks = directions.flatMap((direction) => [
      idsOf(sorted.forward(direction, null)),
      idsOf(sorted.backward(direction, null)),
    ]);
    return [{ order, size: sorted.size, walks }];
  });
  // The very same nodes in each order.
  const known = new Set(set);
  const strangers = allOrders
    .flatMap((order) => [...(set.sortedBy(order)?.forward('ASC', null) ?? [])])
    .filter((node) => !known.has(node));
  return { size: set.size, nodes: [...set], orders, strangers };
}

function describeNodes<T extends Entity>(nodes: readonly T[], orders: readonly string[]): object {
  const described = allOrders
    .filter((order) => orders.includes(order))
    .map((order) => {
      const walks = directions.flatMap((direction) => {
        const sorted = sortBy(order, nodes, direction).map(({ id }) => id);
        return [sorted, sorted.toReversed()];
      });
      return { order, size: nodes.length, walks };
    });
  return { size: nodes.length, nodes, orders: described, strangers: [] };
}

function sortBy<T extends Entity>(order: string, nodes: readonly T[], direction: SortDirection): readonly T[] {
  const compare = comparePositions(direction);
  return nodes.toSorted((a, b) =>
    compare({ sortKey: sortKeyOf(order, a), id: a.id }, { sortKey: sortKeyOf(order, b), id: b.id }),
  );
}

function sortKeyOf(order: string, node: Entity & { readonly metadata?: Readonly<Record<string, string>> }): string | null {
  if (order === 'ID') return node.kind === 'VLAN' ? node.id.slice('vlan:'.length).padStart(4, '0') : node.id;
  if (order === 'NAME') return node.metadata?.name ?? null;
  if (isJob(node)) return String(node.createRevision).padStart(20, '0');
  const guest = node as Guest;
  if (order === 'STATE') return guest.state;
  if (order === 'HYPERVISOR') return guest.hypervisorId;
  const address = guest.ip === null ? null : parseIPAddress(guest.ip);
  return address === null ? null : compareKey(address);
}

function isJob(node: Entity): node is Entity & { readonly createRevision: number } {
  return node.kind === 'JOB';
}

function valuesOf(guests: readonly Guest[], field: (typeof guestGroupFields)[number], names: Probes['names']) {
  const ids = field === 'networkId' ? names.NETWORK : field === 'hypervisorId' ? names.HYPERVISOR : [];
  const values = new Set<string | null>([null, '', 'nobody has it', ...ids, ...guests.map((guest) => guest[field])]);
  return [...values].sort((a, b) => String(a).localeCompare(String(b)));
}

function countsOf(values: readonly (string | null)[]): ReadonlyMap<string | null, number> {
  return new Map(values.map((value) => [value, values.filter((other) => other === value).length]));
}

function sortedCounts(counts: ReadonlyMap<string | null, number>): readonly string[] {
  return [...counts].map(([value, count]) => `${value} ${count}`).sort((a, b) => (a < b ? -1 : 1));
}

const links = /\/hypervisors\/([^/]+)\/(guests|subnets)\/(.*)$/s;

function linksTo(entries: readonly KeyValue[], to: 'guests' | 'subnets', id: string): readonly KeyValue[] {
  return entries.filter(({ key }) => {
    const [, hypervisor, what, name] = links.exec(textFromKey(key)) ?? [];
    const isOfHypervisor = hypervisor !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(hypervisor);
    return isOfHypervisor && what === to && name !== undefined && canonicalUuid(name) === id;
  });
}

function idsOf(nodes: Iterable<Entity>): readonly string[] {
  return Array.from(nodes, ({ id }) => id);
}

function byKey(a: BrokenRecord, b: BrokenRecord): number {
  return a.key < b.key ? -1 : 1;
}

type Outcome = Entity | null | string;

function outcomeOf(get: () => Entity | null): Outcome {
  try {
    return get();
  } catch (error) {
    return failureOf(error);
  }
}

async function laterOutcomeOf(node: Entity | null | Promise<Entity | null>): Promise<Outcome> {
  try {
    return await node;
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): string {
  if (error instanceof BrokenRecordError) return `${error.key}: ${error.reason}`;
  throw error;
}
