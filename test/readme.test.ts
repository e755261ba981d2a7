import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationTable } from '../src/config/index.ts';
import { createSampleCluster, openHeartbeats } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { openMemoryStore } from '../src/store/embedded/index.ts';
import type { Store } from '../src/store/store.ts';
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
  let stopHeartbeats: () => Promise<void>;
  beforeAll(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await startGateway({ store, schema });
    const { keys, now } = gateway.services;
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys, hypervisorCount: 6, guestCount: 40, now: now(), signal });
    const heartbeats = await openHeartbeats({ store, keys, log: silentLog, now });
    stopHeartbeats = () => heartbeats.stop();
  });
  afterAll(async () => {
    await stopHeartbeats();
    await gateway.stop();
    await store.close();
  });

  it('are answered by the sample cluster without an error, one after the other', async () => {
    expect(examples.filter(({ text }) => text.startsWith('query'))).toHaveLength(4);
    expect(examples.filter(({ text }) => text.startsWith('mutation'))).toHaveLength(2);
    expect(examples.filter(({ text }) => text.startsWith('curl'))).toHaveLength(2);
    for (const { text, body, headers } of examples) {
      const { data, errors } = await (await gateway.post(body, headers)).json();
      expect({ text, errors }).toEqual({ text, errors: undefined });
      expect(Object.values(data)).not.toContain(null);
    }
  });

  it('begin streams that bring an event', async () => {
    expect(streams).toHaveLength(2);
    const { store: stored, keys } = gateway.services;
    const [hypervisor] = (await gateway.ask('{ hypervisors(first: 1) { nodes { id } } }')).data.hypervisors.nodes;
    const puts = [`${keys.directory('HYPERVISOR', hypervisor.id)}heartbeat`, keys.config('a')];
    for (const { body } of streams) {
      const stream = await openEventSource(gateway.url, JSON.parse(body));
      const writes = puts.map((key) => ({ type: 'put' as const, key, value: Buffer.from('now') }));
      await stored.commit({ compares: [], writes });
      expect(await stream.next()).toMatchObject({ data: { [body.includes('changes') ? 'changes' : 'hypervisorHeartbeat']: {} } });
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
