import { keyRange, prefixRange } from '../src/store/range.ts';
import { openSnapshot } from '../src/store/snapshot.ts';
import { answer, type Gateway, openDirectGateway } from './answer.ts';
import { atLeast, atMost, type Measurement, plain } from './goal.ts';
import { timeTogether } from './measure.ts';
import { openOneByOneSnapshot } from './one-by-one.ts';
import type { Samples } from './sample.ts';

/** Four levels deep: networks, subnets, guests, hypervisor and flavor. */
const depth = 4;
const query = `{
  networks(first: 1) { nodes { name subnets(first: 1) { nodes { cidr guests(first: 1000) { totalCount nodes {
    id name state ip mac hypervisor { id name ip } flavor { id name resources { memory disk cpu } }
  } } } } } }
}`;

/** The same work three ways, turn by turn: the gateway's, one read an object, and the reads alone. */
export async function measureGraph(samples: Samples): Promise<Measurement[]> {
  const gateway = openDirectGateway(await samples.of(10_000));
  const { store } = gateway.services;
  const first = await answer(gateway, query);
  const bareRanges = rangesNeeded(gateway, first.text);

  const { batched, bare } = await timeTogether(15, {
    batched: () => answer(gateway, query),
    bare: async () => {
      const snapshot = openSnapshot({ store });
      await Promise.all(bareRanges.folders.map((range) => snapshot.list(range)));
      await Promise.all(bareRanges.records.map((range) => snapshot.list(range)));
    },
  });
  const oneByOne = await timeTogether(3, {
    batched: () => answer(gateway, query),
    oneByOne: () => answer(gateway, query, openOneByOneSnapshot(store)),
  });
  const { waves, transactions, keys, bytes } = first.snapshot.cost;
  return [
    atMost('graph: waves', waves, depth + 1, 'waves'),
    plain('graph: transactions', transactions, ''),
    plain('graph: keys read', keys, 'keys'),
    plain('graph: bytes read', bytes / 1e6, 'MB'),
    plain('graph: gateway', batched.medianMs, 'ms'),
    plain('graph: bare ranges', bare.medianMs, 'ms'),
    atMost('graph: gateway / bare ranges', batched.medianMs / bare.medianMs, 1.5, 'times'),
    plain('graph: one by one', oneByOne.oneByOne.medianMs, 'ms'),
    atLeast('graph: one by one / gateway', oneByOne.oneByOne.medianMs / oneByOne.batched.medianMs, 20, 'times'),
  ];
}

/** What the query has to read: three folders, then the records that its guests name. */
function rangesNeeded({ services: { keys } }: Gateway, answered: string) {
  const guests: { hypervisor: { id: string } | null; flavor: { id: string } | null }[] =
    JSON.parse(answered).data.networks.nodes[0].subnets.nodes[0].guests.nodes;
  const hypervisors = new Set(guests.flatMap(({ hypervisor }) => (hypervisor === null ? [] : [hypervisor.id])));
  const flavors = new Set(guests.flatMap(({ flavor }) => (flavor === null ? [] : [flavor.id])));
  if (guests.length !== 1000) throw new Error(`The query found ${guests.length} guests, not 1,000`);
  return {
    folders: (['NETWORK', 'SUBNET', 'GUEST'] as const).map((kind) => prefixRange(keys.folder(kind))),
    records: [
      ...[...hypervisors].map((id) => keyRange(keys.record('HYPERVISOR', id))),
      ...[...flavors].map((id) => keyRange(keys.record('FLAVOR', id))),
    ],
  };
}
