// Symptom: a thousand errors about a document of a hundred thousand lines stopped the gateway for seconds: it counted the lines for each.
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openSocketClient } from '../support/ws-client.ts';

const lines = 2_000;
const variables = { ids: Array.from({ length: 20 }, () => 'x') };
const documents = {
  'of values': [`${'\n'.repeat(lines)}  query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { line: lines + 1, column: 26 }, 20],
  'of fields that there are not': [
    `{${'\r\n'.repeat(lines / 2)}\ta${' a'.repeat(200)} }`,
    { line: lines / 2 + 1, column: 2 },
    101,
  ],
} as const;

afterEach(() => {
  vi.restoreAllMocks();
});

it.each(Object.entries(documents))(
  'errors %s say where they are in a long document, and nobody counts its lines for each',
  async (_of, [query, place, count]) => {
    const store = openMemoryStore({ log: silentLog });
    const gateway = await startGateway({ store, schema, memory: store.memory });
    onTestFinished(async () => {
      await gateway.stop();
      await store.close();
    });
    const counting = vi.spyOn(RegExp.prototype, 'exec');
    const answers = [await gateway.ask(query, variables)];
    const client = await openSocketClient(gateway.url);
    answers.push(await client.ask(query, variables));
    client.cut();
    const events = await openEventSource(gateway.url, { query, variables });
    answers.push((await events.next()) ?? {});
    events.cut();
    for (const { errors } of answers) {
      expect(errors).toHaveLength(count);
      expect(errors?.[0]).toMatchObject({ locations: [place] });
    }
    expect(counting.mock.calls.filter(([text]) => text.length > lines).length).toBeLessThan(count);
  },
);
