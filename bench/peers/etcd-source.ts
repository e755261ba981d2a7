import DataLoader from 'dataloader';
import type { EtcdReader } from './etcd-reader.ts';
import { byId, compareBy, defaultPageSize, pageOf, passes, placeOf } from './guest-page.ts';
import { type Decoder, decodeFlavor, decodeGuest, decodeHypervisor, decodeNetwork, decodeSubnet, type Guest } from './record.ts';
import type { GuestListArguments, GuestPage, Source } from './source.ts';

/** For one request: nothing is read twice in it, and all single keys of a tick are one transaction, or as many as etcd's limit asks for. */
export function openEtcdSource(reader: EtcdReader): Source {
  const values = new DataLoader((keys: readonly string[]) => reader.get(keys), { maxBatchSize: reader.largestBatch });
  const hypervisors = loaderOf('hypervisors', decodeHypervisor);
  const flavors = loaderOf('flavors', decodeFlavor);
  const subnets = loaderOf('subnets', decodeSubnet);
  const guests = loaderOf('guests', decodeGuest, async (id) => values.load(`guests/${id}/state`));
  const networks = once(() => listOf('networks', decodeNetwork));
  const allSubnets = once(() => listOf('subnets', decodeSubnet));
  const allGuests = once(() => listOf('guests', decodeGuest));

  /** Each node is decoded once a request. */
  function loaderOf<T>(folder: string, decode: Decoder<T>, stateOf: (id: string) => Promise<string | null> = async () => null) {
    return new DataLoader((ids: readonly string[]) =>
      Promise.all(
        ids.map(async (id) => {
          const [record, state] = await Promise.all([values.load(`${folder}/${id}/metadata`), stateOf(id)]);
          return record === null ? null : decode(record, state);
        }),
      ),
    );
  }

  async function listOf<T>(folder: string, decode: Decoder<T>): Promise<readonly T[]> {
    return (await reader.list(folder)).map(({ record, state }) => decode(record, state));
  }

  async function filteredPage(args: GuestListArguments): Promise<GuestPage> {
    const { first, after = null, orderBy } = args;
    const compare = compareBy(orderBy ?? byId);
    const found = (await allGuests()).filter(passes(args));
    // They come by id.
    if ((orderBy ?? null) !== null) found.sort(compare);
    const place = after === null ? null : placeOf(after);
    const start = place === null ? 0 : found.findIndex((guest) => compare(guest, place) > 0);
    const rest = start < 0 ? [] : found.slice(start, start + (first ?? defaultPageSize) + 1);
    return pageOf(rest, args, () => found.length);
  }

  /** In the order of the keys: etcd need not read more than the page. */
  async function pageById(args: GuestListArguments): Promise<GuestPage> {
    const { first, after = null } = args;
    const behind = after === null ? null : placeOf(after).id;
    const found = await reader.page('guests', { behind, count: (first ?? defaultPageSize) + 1 });
    const nodes = found.map(({ record, state }): Guest => decodeGuest(record, state));
    return pageOf(nodes, args, async () => (await allGuests()).length);
  }

  return {
    guest: (id) => guests.load(id),
    hypervisor: (id) => hypervisors.load(id),
    flavor: (id) => flavors.load(id),
    subnet: (id) => subnets.load(id),
    networks,
    subnetsOfNetwork: async (networkId) => (await allSubnets()).filter((subnet) => subnet.networkId === networkId),
    guests: (args) => (isPlain(args) ? pageById(args) : filteredPage(args)),
  };
}

function isPlain({ filter, orderBy, subnetId }: GuestListArguments): boolean {
  return (filter ?? null) === null && (orderBy ?? null) === null && subnetId === undefined;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => (reading ??= read());
}
