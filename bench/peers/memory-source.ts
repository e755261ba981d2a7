import type { EtcdReader } from './etcd-reader.ts';
import { byId, compareBy, defaultPageSize, type Order, type Place, pageOf, passes, placeOf } from './guest-page.ts';
import { decodeFlavor, decodeGuest, decodeHypervisor, decodeNetwork, decodeSubnet, type Guest, type Named } from './record.ts';
import type { GuestListArguments, GuestPage, Source } from './source.ts';

/** Guests in both orders. */
interface Group {
  readonly ID: Guest[];
  readonly NAME: Guest[];
}

/** All of it read once; nothing that changes later is seen. With an index for each question that is asked here. */
export async function openMemorySource(reader: EtcdReader): Promise<Source> {
  const decoded = async <T>(folder: string, decode: (record: string, state: string | null) => T) =>
    (await reader.list(folder)).map(({ record, state }) => decode(record, state));
  const networks = await decoded('networks', decodeNetwork);
  const subnets = await decoded('subnets', decodeSubnet);
  const guests = await decoded('guests', decodeGuest);
  const guestsById = mapOf(guests);
  const subnetsById = mapOf(subnets);
  const hypervisors = mapOf(await decoded('hypervisors', decodeHypervisor));
  const flavors = mapOf(await decoded('flavors', decodeFlavor));
  const subnetsOfNetworks = new Map(networks.map(({ id }) => [id, subnets.filter(({ networkId }) => networkId === id)]));
  const groups = groupsOf(guests);

  return {
    guest: (id) => guestsById.get(id) ?? null,
    hypervisor: (id) => hypervisors.get(id) ?? null,
    flavor: (id) => flavors.get(id) ?? null,
    subnet: (id) => subnetsById.get(id) ?? null,
    networks: () => networks,
    subnetsOfNetwork: (id) => subnetsOfNetworks.get(id) ?? [],
    guests: (args) => page(groups, args),
  };
}

function mapOf<T extends Named>(nodes: readonly T[]): Map<string, T> {
  return new Map(nodes.map((node) => [node.id, node]));
}

function groupsOf(guests: readonly Guest[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const byName = guests.toSorted(compareBy({ field: 'NAME', direction: 'ASC' }));
  for (const [field, sorted] of [
    ['ID', guests],
    ['NAME', byName],
  ] as const) {
    for (const guest of sorted) {
      const { networkId, state, subnetId } = guest;
      for (const name of [
        '',
        `network ${networkId}`,
        `state ${state}`,
        `network ${networkId} state ${state}`,
        `subnet ${subnetId}`,
      ]) {
        const group = groups.get(name) ?? { ID: [], NAME: [] };
        groups.set(name, group);
        group[field].push(guest);
      }
    }
  }
  return groups;
}

function page(groups: ReadonlyMap<string, Group>, args: GuestListArguments): GuestPage {
  const { first, after = null, filter, subnetId } = args;
  const order = args.orderBy ?? byId;
  const { states = null, networkId = null } = filter ?? {};
  const isOneGroup =
    order.direction === 'ASC' &&
    (states === null || states.length === 1) &&
    (subnetId === undefined || (filter ?? null) === null);
  if (!isOneGroup) return scannedPage(groups, args);
  const parts = [
    ...(networkId === null ? [] : [`network ${networkId}`]),
    ...(states === null ? [] : [`state ${states[0]}`]),
    ...(subnetId === undefined ? [] : [`subnet ${subnetId}`]),
  ];
  const sorted = groups.get(parts.join(' '))?.[order.field] ?? [];
  const start = after === null ? 0 : indexBehind(sorted, placeOf(after), order);
  return pageOf(sorted.slice(start, start + (first ?? defaultPageSize) + 1), args, () => sorted.length);
}

/** What has no index of its own. */
function scannedPage(groups: ReadonlyMap<string, Group>, args: GuestListArguments): GuestPage {
  const order = args.orderBy ?? byId;
  const sorted = (groups.get('')?.ID ?? []).filter(passes(args)).sort(compareBy(order));
  const start = (args.after ?? null) === null ? 0 : indexBehind(sorted, placeOf(args.after ?? ''), order);
  return pageOf(sorted.slice(start, start + (args.first ?? defaultPageSize) + 1), args, () => sorted.length);
}

function indexBehind(sorted: readonly Guest[], place: Place, order: Order): number {
  const compare = compareBy(order);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const guest = sorted[middle];
    if (guest !== undefined && compare(guest, place) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
