import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationTable } from '../src/config/index.ts';
import { createSampleCluster, openSimulation } from '../src/demo/index.ts';
import { openJobs } from '../src/jobs/index.ts';
import { silentLog } from '../src/log.ts';
import { openMemoryStore } from '../src/store/embedded/index.ts';
import type { Store } from '../src/store/store.ts';
import { freePorts } from './support/free-port.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { schema } from './support/gateway-schema.ts';
import { openEventSource } from './support/sse-client.ts';

const readme = await readFile(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');

interface Example {
  readonly text: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a reader would send, in the order of the text: operations, and calls of curl. Those that begin a stream stand apart. */
const allExamples = [...readme.matchAll(/```(graphql|sh)\n(.*?)```/gs)].flatMap(([, language, text = '']): Example[] => {
  if (language === 'graphql') return [{ text, body: JSON.stringify({ query: text }), headers: {} }];
  const body = / -d '([^']*)'/.exec(text)?.[1];
  if (!text.startsWith('curl ') || body === undefined) return [];
  const headers = [...text.matchAll(/ -H '([^:']*): ([^']*)'/g)].map(([, name = '', value = '']) => [name, value]);
  return [{ text, body, headers: Object.fromEntries(headers) }];
});

const isStream = ({ body }: Example) => JSON.parse(body).query.startsWith('subscription');
const examples = allExamples.filter((example) => !isStream(example));
const streams = allExamples.filter(isStream);

describe('the README', () => {
  it('has the table of all options as the program has them', () => {
    expect(readme.split(configurationTable())).toHaveLength(2);
    const headings = readme.match(/^## .*$/gm) ?? [];
    expect(headings).toEqual([...new Set(headings)]);
  });
});

describe('the examples of the README', () => {
  let store: Store;
  let gateway: Gateway;
  let stopSimulation: () => Promise<void>;
  beforeAll(async () => {
    store = openMemoryStore({ log: silentLog });
    const [agentPort = 0] = await freePorts(1);
    gateway = await startGateway({ store, schema, agentPort });
    const { services } = gateway;
    const { keys, now } = services;
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys, hypervisorCount: 6, guestCount: 40, now: now(), signal });
    const simulation = await openSimulation({
      ...{ store, keys, log: silentLog, signal, now, heartbeatEveryMs: 5000 },
      addressing: { port: agentPort },
      isSimulated: () => true,
      isWholeCluster: true,
    });
    const jobs = openJobs({ services, concurrency: 32, timeoutSeconds: 600, keepDays: 7, stateSyncSeconds: 0 });
    stopSimulation = async () => {
      await jobs.close();
      await simulation.close();
    };
  });
  afterAll(async () => {
    await stopSimulation();
    await gateway.stop();
    await store.close();
  });

  it('are answered by the sample cluster without an error, one after the other', async () => {
    expect(examples.filter(({ text }) => text.startsWith('query'))).toHaveLength(4);
    expect(examples.filter(({ text }) => text.startsWith('mutation'))).toHaveLength(3);
    expect(examples.filter(({ text }) => text.startsWith('curl'))).toHaveLength(2);
    for (const { text, body, headers } of examples) {
      const { data, errors } = await (await gateway.post(body, headers)).json();
      expect({ text, errors }).toEqual({ text, errors: undefined });
      expect(Object.values(data)).not.toContain(null);
      await untilJobsEnded();
    }
  });

  /** As somebody who reads on has given them time for. */
  async function untilJobsEnded(): Promise<void> {
    const document = '{ revision jobs(first: 0, filter: { statuses: [NEW, WORKING] }) { totalCount } }';
    for (;;) {
      const { revision, jobs } = (await gateway.ask(document)).data;
      if (jobs.totalCount === 0) return;
      const query = 'subscription ($after: EventCursor) { jobChanged(after: $after) { jobId } }';
      const stream = await openEventSource(gateway.url, { query, variables: { after: revision } });
      await stream.next();
      stream.cut();
    }
  }

  it('begin streams that bring an event', async () => {
    expect(streams).toHaveLength(3);
    const { store: stored, keys } = gateway.services;
    const [hypervisor] = (await gateway.ask('{ hypervisors(first: 1) { nodes { id } } }')).data.hypervisors.nodes;
    const puts = [`${keys.directory('HYPERVISOR', hypervisor.id)}heartbeat`, keys.config('a')];
    const restart = examples.find(({ text }) => text.startsWith('mutation Restart'))?.body ?? '';
    for (const { body } of streams) {
      const [, field = ''] = /subscription[^{]*\{\s*(\w+)/.exec(JSON.parse(body).query) ?? [];
      const stream = await openEventSource(gateway.url, JSON.parse(body));
      const writes = puts.map((key) => ({ type: 'put' as const, key, value: Buffer.from('now') }));
      await stored.commit({ compares: [], writes });
      if (field === 'jobChanged') expect((await (await gateway.post(restart)).json()).errors).toBeUndefined();
      expect(await stream.next()).toMatchObject({ data: { [field]: {} } });
      stream.cut();
    }
  });

  it('make one guest, however often the call with an idempotency key is sent', async () => {
    const guestCount = async () => (await gateway.ask('{ cluster { guestCount } }')).data.cluster.guestCount;
    const repeatable = examples.filter(({ headers }) => headers['idempotency-key'] !== undefined);
    expect(repeatable).toHaveLength(1);
    for (const { body, headers } of repeatable) {
      const first = await (await gateway.post(body, headers)).json();
      const count = await guestCount();
      expect(await (await gateway.post(body, headers)).json()).toEqual(first);
      expect(await guestCount()).toBe(count);
    }
  });
});
