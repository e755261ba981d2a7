import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { openSimulatedAgent, type SimulatedAgent } from '../src/demo/simulated-agent.ts';
import { startEtcdWithStore } from '../test/support/etcd-store.ts';
import { countRequests } from './etcd-requests.ts';
import { atMost, type Measurement, plain } from './goal.ts';
import { quantile } from './measure.ts';
import { serveGateway } from './served-gateway.ts';
import type { ServedProcess } from './served-process.ts';

const agentCount = 100;
const guestCount = 1000;
const singleRuns = 50;
const callers = 16;
const idleSeconds = 30;
/** The lease of the last jobs is given back some time after them. */
const settleSeconds = 40;
/** As the Go tools do it, whose worker polls every 5 s. */
const referenceMs = 15_000;

/** A gateway in a process of its own; the agents, whose jobs are done at once, and the callers are in this one. */
export async function measureJobs(): Promise<Measurement[]> {
  const etcd = await startEtcdWithStore();
  const agents = await Promise.all(Array.from({ length: agentCount }, () => openSimulatedAgent({ requestLimit: 0 })));
  const gateway = await serveGateway(etcd.server.url, []);
  try {
    const ask = asker(gateway);
    const spec = await fillCluster(ask, agents);
    const ends = await openEnds(gateway.url);
    const single = await createOneByOne(ask, spec, ends);
    const createSeconds = await timed(() =>
      forEach(guestCount - singleRuns, async () => {
        const { createGuest } = await ask(createDocument, spec);
        await ends.of(createGuest.job.id);
      }),
    );
    const { guests } = await ask(`{ guests(first: 1000) { nodes { id } } }`);
    const ids: string[] = guests.nodes.map(({ id }: { id: string }) => id);
    const restartSeconds = await timed(() => everyGuest(ids, 'guestAction(guestId: $id, action: RESTART)', ask, ends));
    const idle = await requestsPerMinute(etcd.server.url);
    const deleteSeconds = await timed(() => everyGuest(ids, 'deleteGuest(id: $id)', ask, ends));
    ends.close();
    const p50 = quantile(single, 0.5);
    return [
      atMost('jobs: create to done, one by one: p50', p50, 500, 'ms'),
      plain('jobs: create to done, one by one: p99', quantile(single, 0.99), 'ms'),
      plain('jobs: the Go tools beside that p50', referenceMs / p50, 'times'),
      plain(`jobs: created, ${agentCount} agents, ${callers} callers`, (guestCount - singleRuns) / createSeconds, 'a second'),
      plain(`jobs: restarts, ${agentCount} agents`, ids.length / restartSeconds, 'a second'),
      plain(`jobs: deletes, ${agentCount} agents`, ids.length / deleteSeconds, 'a second'),
      plain(`jobs: idle, ${agentCount} agents and ${guestCount} guests: store requests`, idle, 'a minute'),
    ];
  } finally {
    await gateway.stop();
    await Promise.all(agents.map((agent) => agent.close()));
    await etcd.close();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers have any shape.
type Ask = (query: string, variables?: object) => Promise<any>;

function asker({ url }: ServedProcess): Ask {
  return async (query, variables) => {
    const body = JSON.stringify({ query, variables });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data, errors } = await response.json();
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  };
}

const createDocument = `mutation ($flavorId: ID!, $networkId: ID!) {
  createGuest(input: { flavorId: $flavorId, networkId: $networkId }) { job { id } }
}`;

interface Spec {
  readonly flavorId: string;
  readonly networkId: string;
}

async function fillCluster(ask: Ask, agents: readonly SimulatedAgent[]): Promise<Spec> {
  const { createNetwork, createFlavor } = await ask(`mutation {
    createNetwork(input: {}) { network { id } }
    createFlavor(input: { imageId: "9f86d081-884c-4d65-a2fe-aa0c55ad015a", resources: { memory: 1, disk: 1, cpu: 1 } }) { flavor { id } }
  }`);
  const networkId = createNetwork.network.id;
  const { createSubnet } = await ask(
    `mutation ($networkId: ID!) { createSubnet(input: { networkId: $networkId, cidr: "10.0.0.0/16", startRange: "10.0.1.0", endRange: "10.0.255.254" }) { subnet { id } } }`,
    { networkId },
  );
  const resources = '{ memory: 1000000, disk: 1000000, cpu: 64 }';
  for (const { port } of agents) {
    const { createHypervisor } = await ask(
      `mutation { createHypervisor(input: { ip: "127.0.0.1", totalResources: ${resources}, availableResources: ${resources} }) { hypervisor { id } } }`,
    );
    await ask(
      `mutation ($id: ID!, $subnetId: ID!, $port: String!) {
        setHypervisorConfig(hypervisorId: $id, key: "agentPort", value: $port) { hypervisor { id } }
        attachSubnet(hypervisorId: $id, subnetId: $subnetId, bridge: "br0") { hypervisor { id } }
        heartbeat(hypervisorId: $id, ttlSeconds: 3600) { hypervisor { id } }
      }`,
      { id: createHypervisor.hypervisor.id, subnetId: createSubnet.subnet.id, port: String(port) },
    );
  }
  return { flavorId: createFlavor.flavor.id, networkId };
}

async function createOneByOne(ask: Ask, spec: Spec, ends: Ends): Promise<readonly number[]> {
  const times: number[] = [];
  for (let run = -5; run < singleRuns - 5; run++) {
    const startedAt = performance.now();
    const { createGuest } = await ask(createDocument, spec);
    await ends.of(createGuest.job.id);
    if (run >= 0) times.push(performance.now() - startedAt);
  }
  return times;
}

/** All at once, as far as so many callers can. */
async function everyGuest(ids: readonly string[], field: string, ask: Ask, ends: Ends): Promise<void> {
  const jobIds: string[] = [];
  let next = 0;
  await forEach(ids.length, async () => {
    const { change } = await ask(`mutation ($id: ID!) { change: ${field} { job { id } } }`, { id: ids[next++] });
    jobIds.push(change.job.id);
  });
  await Promise.all(jobIds.map((id) => ends.of(id)));
}

async function forEach(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const call = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: callers }, call));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

interface Ends {
  /** Resolves when the job has ended well, as a live subscriber sees it. */
  of(jobId: string): Promise<void>;
  close(): void;
}

async function openEnds(url: string): Promise<Ends> {
  const ended = new Set<string>();
  const waiting = new Map<string, () => void>();
  const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket });
  const query = 'subscription { jobChanged(filter: { statuses: [DONE, ERROR] }) { jobId job { status error } } }';
  const events = client.iterate<{ jobChanged: { jobId: string; job: { status: string; error: string | null } | null } }>({
    query,
  });
  const reading = (async () => {
    for await (const { data, errors } of events) {
      if (data?.jobChanged.job?.status !== 'DONE') throw new Error(JSON.stringify(errors ?? data));
      ended.add(data.jobChanged.jobId);
      waiting.get(data.jobChanged.jobId)?.();
    }
  })();
  const broken = new Promise<never>((_resolve, reject) => void reading.catch(reject));
  broken.catch(() => undefined);
  // A subscription does not say when it has begun.
  await pause(1000);
  return {
    async of(jobId) {
      if (!ended.has(jobId)) await Promise.race([broken, new Promise<void>((resolve) => waiting.set(jobId, resolve))]);
      waiting.delete(jobId);
    },
    close: () => void client.dispose(),
  };
}

/** What etcd counts while nothing happens. The time is long beside the gateway's own rounds. */
async function requestsPerMinute(etcdUrl: string): Promise<number> {
  await pause(settleSeconds * 1000);
  const before = await countRequests(etcdUrl);
  await pause(idleSeconds * 1000);
  return ((await countRequests(etcdUrl)) - before) * (60 / idleSeconds);
}
