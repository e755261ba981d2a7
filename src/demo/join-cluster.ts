import { directoriesOf } from '../store/directory.ts';
import { encodeHypervisor } from '../store/entities/hypervisor.ts';
import { folderRange, type Keys, subkeys } from '../store/keys.ts';
import { type Key, keyRange } from '../store/range.ts';
import type { Compare, Store, Write } from '../store/store.ts';
import { planHypervisors, type SampleHypervisor } from './sample-hypervisor.ts';

export interface ClusterAddition {
  readonly store: Store;
  readonly keys: Keys;
  /** So many of the sample's hypervisors are to be there. */
  readonly hypervisorCount: number;
  readonly signal: AbortSignal;
}

interface Cluster {
  readonly hypervisorIds: ReadonlySet<string>;
  readonly subnets: readonly Attachable[];
}

/** A subnet, and how hypervisors call their bridge into it. */
interface Attachable {
  readonly id: string;
  readonly recordKey: Key;
  readonly bridge: string;
}

/** In one commit: each is one compare and two writes. */
const subnetsPerCommit = 40;

/** Others may change subnets at the same time, but hardly so often. */
const attempts = 10;

/**
 * Adds to a cluster the first so many hypervisors of the sample, those that it does not have yet, on all its subnets. Nothing that
 * is there is touched. Answers how many were added.
 */
export async function joinCluster(addition: ClusterAddition): Promise<number> {
  let cluster = await readCluster(addition);
  let added = 0;
  for (const hypervisor of planHypervisors(addition.hypervisorCount, [])) {
    for (let attempt = 0; !cluster.hypervisorIds.has(hypervisor.id); attempt++) {
      if (await addHypervisor(addition, { hypervisor, cluster })) {
        added++;
        break;
      }
      if (attempt === attempts) throw new Error(`The hypervisor ${hypervisor.id} could not be added: others were always faster`);
      cluster = await readCluster(addition);
    }
  }
  return added;
}

async function readCluster({ store, keys, signal }: ClusterAddition): Promise<Cluster> {
  const ranges = [folderRange(keys, 'HYPERVISOR'), folderRange(keys, 'SUBNET')];
  const [hypervisors = [], subnets = []] = (await store.read({ ranges, signal })).results.map(({ entries }) => entries);
  const bridges = new Map<string, string>();
  const hypervisorIds = new Set<string>();
  for (const { name, path, record, entries } of directoriesOf(keys, 'HYPERVISOR', hypervisors)) {
    if (record !== undefined) hypervisorIds.add(name);
    const links = entries.filter(({ key }) => key.startsWith(path + subkeys.subnets));
    for (const { key, value } of links) bridges.set(key.slice(path.length + subkeys.subnets.length), value.toString());
  }
  const attachable = [...directoriesOf(keys, 'SUBNET', subnets)].flatMap(({ name, record }) =>
    record === undefined ? [] : [{ id: name, recordKey: record.key, bridge: bridges.get(name) || ownBridge(name) }],
  );
  return { hypervisorIds, subnets: attachable };
}

/** Where no hypervisor is attached to a subnet yet: Linux takes names of up to 15 characters. */
function ownBridge(subnetId: string): string {
  return `br-${subnetId.slice(0, 8)}`;
}

interface Plan {
  readonly hypervisor: SampleHypervisor;
  readonly cluster: Cluster;
}

/** Answers false, and adds nothing, where it is there by now or a subnet is gone. */
async function addHypervisor({ store, keys, signal }: ClusterAddition, { hypervisor, cluster }: Plan): Promise<boolean> {
  const key = keys.record('HYPERVISOR', hypervisor.id);
  for (let from = 0; from === 0 || from < cluster.subnets.length; from += subnetsPerCommit) {
    signal.throwIfAborted();
    const some = cluster.subnets.slice(from, from + subnetsPerCommit);
    const attachments = some.flatMap((subnet) => attachment(keys, hypervisor.id, subnet));
    const record: Write[] = from > 0 ? [] : [{ type: 'put', key, value: encodeHypervisor(hypervisor.record()) }];
    const { committed } = await store.commit({
      compares: [{ target: 'version', range: keyRange(key), is: from > 0 ? '>' : '=', number: 0 }, ...some.map(isThere)],
      writes: [...record, ...attachments, put(keys.reference('HYPERVISOR', hypervisor.id))],
    });
    // Behind the first commit it is there, with fewer subnets than there are: whoever changed those meanwhile has the last word.
    if (!committed) return from > 0;
  }
  return true;
}

function isThere({ recordKey }: Attachable): Compare {
  return { target: 'version', range: keyRange(recordKey), is: '>', number: 0 };
}

/** As the gateway writes it. */
function attachment(keys: Keys, hypervisorId: string, { id, bridge }: Attachable): Write[] {
  const link = keys.directory('HYPERVISOR', hypervisorId) + subkeys.subnets + id;
  return [put(link, bridge), put(keys.reference('SUBNET', id))];
}

function put(key: Key, text = ''): Write {
  return { type: 'put', key, value: Buffer.from(text) };
}
