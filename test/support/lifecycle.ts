import { openSimulatedAgent, type SimulatedAgent, type SimulatedAgentOptions } from '../../src/demo/simulated-agent.ts';
import { type JobsOptions, openJobs, type RunningJobs } from '../../src/jobs/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
import { prefix, schema } from './gateway-schema.ts';
import { invariantViolations } from './invariants.ts';
import { openSocketClient } from './ws-client.ts';

export interface LifecycleOptions {
  /** A memory store of its own when it is left out. */
  readonly store?: Store;
  readonly hypervisorCount?: number;
  /** Of all agents, or of each by its number. */
  readonly agent?: SimulatedAgentOptions | ((number: number) => SimulatedAgentOptions);
  readonly agentTimeoutMs?: number;
  /** What differs from the defaults; null: this gateway does no jobs. */
  readonly jobs?: Partial<Omit<JobsOptions, 'services'>> | null;
  /** What else differs of the gateway. */
  readonly gateway?: Partial<Pick<GatewayOptions, 'observer' | 'tracer' | 'memory' | 'metrics'>>;
}

/** A cluster of simulated hypervisors, and a gateway that does its jobs. */
export interface Lifecycle {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly agents: readonly SimulatedAgent[];
  /** Of the agents' hypervisors, in their order. */
  readonly hypervisorIds: readonly string[];
  readonly networkId: string;
  readonly subnetId: string;
  readonly flavorId: string;
  readonly imageId: string;
  /** The data of an operation that must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its expectation.
  query(document: string, variables?: Readonly<Record<string, unknown>>): Promise<any>;
  /** The codes of the errors of one that must not. */
  errorOf(document: string, variables?: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** `on`: the number of the hypervisor that it is placed on. */
  createGuest(options?: {
    readonly place?: boolean;
    readonly on?: number;
  }): Promise<{ readonly guestId: string; readonly jobId: string }>;
  /** A guest whose creation is done. */
  createdGuest(options?: { readonly on?: number }): Promise<string>;
  /** The id of the job. */
  act(guestId: string, action: string): Promise<string>;
  deleteGuest(guestId: string): Promise<string>;
  fetchImage(guestId: string): Promise<string>;
  stateOf(guestId: string): Promise<string>;
  /** Its end, as a live subscriber sees it. */
  untilEnded(jobId: string): Promise<EndedJob>;
  /** The job, once it is so. */
  untilJob(jobId: string, isIt: (job: EndedJob) => boolean): Promise<EndedJob>;
  /** The agent of the guest's hypervisor. */
  agentOf(guestId: string): Promise<SimulatedAgent>;
  /** Waits until the guest is in that state. */
  untilState(guestId: string, state: string): Promise<void>;
  /** Beats for the hypervisor. */
  beat(hypervisorId: string): Promise<void>;
  /** Its heartbeat ends, as when nobody beats for it any more. */
  silence(hypervisorId: string): Promise<void>;
  startJobs(jobs?: Partial<JobsOptions>): RunningJobs;
  /** All keys and values under the prefix, without it. */
  entries(): Promise<Readonly<Record<string, string>>>;
  /** What is wrong in the store, and the locks that are held. None once all jobs have ended. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

export interface EndedJob {
  readonly id: string;
  readonly status: string;
  readonly action: string;
  readonly error: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly remoteId: string | null;
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of an answer, it says in its expectation.
type Json = any;

const jobsDefaults = { concurrency: 32, timeoutSeconds: 600, keepDays: 7, stateSyncSeconds: 0 };

export async function openLifecycle(options: LifecycleOptions): Promise<Lifecycle> {
  const { hypervisorCount = 1, agentTimeoutMs = 15_000, jobs = {} } = options;
  const store = options.store ?? openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema, logLevel: 'debug', agentTimeoutMs, ...options.gateway });
  const agentOptions = (number: number) => (typeof options.agent === 'function' ? options.agent(number) : { ...options.agent });
  const agents = await Promise.all(
    Array.from({ length: hypervisorCount }, (_, number) => openSimulatedAgent(agentOptions(number))),
  );
  const running = new Set<RunningJobs>();

  async function query(document: string, variables?: Readonly<Record<string, unknown>>) {
    const { data, errors } = await gateway.ask(document, variables);
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  const created = await query(`mutation {
    createNetwork(input: {}) { network { id } }
    createFlavor(input: { imageId: "9f86d081-884c-4d65-a2fe-aa0c55ad015a", resources: { memory: 512, disk: 1024, cpu: 1 } }) { flavor { id imageId } }
  }`);
  const networkId: string = created.createNetwork.network.id;
  const { id: flavorId, imageId } = created.createFlavor.flavor;
  const { createSubnet } = await query(
    `mutation ($networkId: ID!) { createSubnet(input: { networkId: $networkId, cidr: "10.0.0.0/16", gateway: "10.0.0.1", startRange: "10.0.1.0", endRange: "10.0.255.254" }) { subnet { id } } }`,
    { networkId },
  );
  const subnetId: string = createSubnet.subnet.id;
  const beat = (id: string) =>
    query(`mutation ($id: ID!) { heartbeat(hypervisorId: $id, ttlSeconds: 600) { hypervisor { id } } }`, { id });
  const hypervisorIds: string[] = [];
  for (const agent of agents) {
    const { createHypervisor } = await query(`mutation {
      createHypervisor(input: { ip: "127.0.0.1", totalResources: { memory: 1000000, disk: 10000000, cpu: 64 }, availableResources: { memory: 1000000, disk: 10000000, cpu: 64 } }) { hypervisor { id } }
    }`);
    const { id } = createHypervisor.hypervisor;
    hypervisorIds.push(id);
    await query(
      `mutation ($id: ID!, $subnetId: ID!, $port: String!) {
        setHypervisorConfig(hypervisorId: $id, key: "agentPort", value: $port) { hypervisor { id } }
        attachSubnet(hypervisorId: $id, subnetId: $subnetId, bridge: "br0") { hypervisor { id } }
      }`,
      { id, subnetId, port: String(agent.port) },
    );
    await beat(id);
  }

  /** Looks now, and at each event behind that, until what it sees is what is waited for. */
  async function until<T>(events: string, document: string, isIt: (data: Json) => T | undefined): Promise<T> {
    const first = await gateway.ask(document);
    const found = isIt(first.data);
    if (found !== undefined) return found;
    const { client } = await openSocketClient(gateway.url);
    try {
      const query = `subscription ($after: EventCursor!) { ${events} }`;
      for await (const event of client.iterate({ query, variables: { after: first.extensions.revision } })) {
        if (event.errors) throw new Error(JSON.stringify(event.errors));
        const seen = isIt((await gateway.ask(document)).data);
        if (seen !== undefined) return seen;
      }
      throw new Error('The stream ended');
    } finally {
      await client.dispose();
    }
  }

  function untilJob(jobId: string, isIt: (job: EndedJob) => boolean): Promise<EndedJob> {
    return until(
      `jobChanged(after: $after, filter: { ids: ["${jobId}"] }) { jobId }`,
      `{ job(id: "${jobId}") { id status action error startedAt finishedAt remoteId } }`,
      ({ job }) => (isIt(job) ? job : undefined),
    );
  }

  const untilEnded = (jobId: string) => untilJob(jobId, ({ status }) => status === 'DONE' || status === 'ERROR');

  async function createGuest({ place = true, on }: { readonly place?: boolean; readonly on?: number } = {}) {
    const { createGuest } = await query(
      `mutation ($flavorId: ID!, $networkId: ID!, $place: Boolean!) {
        createGuest(input: { flavorId: $flavorId, networkId: $networkId, metadata: { name: "web" } }, place: $place) { guest { id } job { id } }
      }`,
      { flavorId, networkId, place: place && on === undefined },
    );
    const guestId: string = createGuest.guest.id;
    if (on === undefined) return { guestId, jobId: createGuest.job?.id ?? '' };
    const { placeGuest } = await query(
      `mutation ($guestId: ID!, $hypervisorId: ID!) { placeGuest(guestId: $guestId, hypervisorId: $hypervisorId) { job { id } } }`,
      { guestId, hypervisorId: hypervisorIds[on] },
    );
    return { guestId, jobId: placeGuest.job.id };
  }

  async function entries() {
    const { results } = await store.read({ ranges: [prefixRange(prefix)] });
    const found = results[0]?.entries ?? [];
    return Object.fromEntries(found.map(({ key, value }) => [key.slice(prefix.length), value.toString()]));
  }

  async function giveJob(call: string): Promise<string> {
    const { given } = await query(`mutation { given: ${call} { job { id } } }`);
    return given.job.id;
  }

  function startJobs(differing: Partial<JobsOptions> = {}): RunningJobs {
    const opened = openJobs({ services: gateway.services, ...jobsDefaults, ...differing });
    running.add(opened);
    return {
      async close() {
        running.delete(opened);
        await opened.close();
      },
    };
  }

  if (jobs !== null) startJobs(jobs);
  return {
    store,
    gateway,
    agents,
    hypervisorIds,
    networkId,
    subnetId,
    flavorId,
    imageId,
    query,
    async errorOf(document, variables) {
      const { errors } = await gateway.ask(document, variables);
      return errors?.[0]?.extensions.code;
    },
    createGuest,
    async createdGuest(options) {
      const { guestId, jobId } = await createGuest(options);
      const { error } = await untilEnded(jobId);
      if (error !== null) throw new Error(error);
      return guestId;
    },
    act: (guestId, action) => giveJob(`guestAction(guestId: "${guestId}", action: ${action})`),
    deleteGuest: (guestId) => giveJob(`deleteGuest(id: "${guestId}")`),
    fetchImage: (guestId) => giveJob(`fetchImage(guestId: "${guestId}")`),
    async stateOf(guestId) {
      const { guest } = await query(`{ guest(id: "${guestId}") { state } }`);
      return guest.state;
    },
    untilEnded,
    untilJob,
    async agentOf(guestId) {
      const { guest } = await query(`query ($id: ID!) { guest(id: $id) { hypervisorId } }`, { id: guestId });
      const agent = agents[hypervisorIds.indexOf(guest.hypervisorId)];
      if (agent === undefined) throw new Error(`The guest ${guestId} is on no hypervisor of this cluster`);
      return agent;
    },
    async untilState(guestId, state) {
      await until(
        `guestStateChanged(after: $after, filter: { ids: ["${guestId}"] }) { to }`,
        `{ guest(id: "${guestId}") { state } }`,
        ({ guest }) => (guest?.state === state ? true : undefined),
      );
    },
    beat,
    async silence(hypervisorId) {
      const range = { start: `${prefix}hypervisors/${hypervisorId}/heartbeat` };
      await store.commit({ compares: [], writes: [{ type: 'delete', range }] });
    },
    startJobs,
    entries,
    async leftovers() {
      const all = await entries();
      return [...invariantViolations(all), ...Object.keys(all).filter((key) => key.endsWith('.lock'))];
    },
    async close() {
      await Promise.all([...running].map((opened) => opened.close()));
      await gateway.stop();
      await Promise.all(agents.map((agent) => agent.close()));
      if (options.store === undefined) await store.close();
    },
  };
}
