import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { keyFromText } from '../../../src/store/range.ts';
import { type Answer, startGateway } from '../../support/gateway.ts';
import { schema } from '../../support/gateway-schema.ts';
import { openEventSource } from '../../support/sse-client.ts';
import { openSocketClient } from '../../support/ws-client.ts';

/** A gateway, and where its store was before three things happened. */
async function openWithEvents() {
  const store = openMemoryStore({ log: silentLog });
  const gateway = await startGateway({ store, schema });
  onTestFinished(async () => {
    await gateway.stop();
    await store.close();
  });
  const put = (name: string) =>
    store.commit({
      compares: [],
      writes: [{ type: 'put', key: keyFromText(`lochness/config/${name}`), value: Buffer.from('1') }],
    });
  const { revision: after } = await put('before');
  const revisions: number[] = [];
  for (const name of ['a', 'b', 'c']) revisions.push((await put(name)).revision);
  return { gateway, after, revisions };
}

/** Stream by stream, so that each of them finds what was answered for others. */
async function answersBySse(url: string, body: { readonly query: string }): Promise<readonly unknown[]> {
  const events = await openEventSource(url, body);
  const answers = [await events.next(), await events.next(), await events.next()];
  events.cut();
  return answers.map((answer) => answer?.extensions);
}

async function answersBySocket(url: string, body: { readonly query: string }): Promise<readonly unknown[]> {
  const { client, cut } = await openSocketClient(url);
  const events = client.iterate<Answer['data']>(body);
  const answers = [await events.next(), await events.next(), await events.next()];
  cut();
  return answers.map(({ value }) => value?.extensions);
}

describe.each([
  ['server-sent events', answersBySse],
  ['WebSocket', answersBySocket],
])('A subscription by %s', (_name, answersBy) => {
  it('is told once what each of its events costs, when its request asks for it', async () => {
    const { gateway, after, revisions } = await openWithEvents();
    const query = `subscription { changes(after: "${after}", until: "${revisions[2]}") { cursor node { id } } }`;
    const untold = revisions.map((revision) => ({ revision: String(revision) }));
    const [first, ...others] = untold;
    const told = [{ ...first, cost: { cost: 4, limit: 10_000 } }, ...others];
    const asking = { query, extensions: { cost: true } };
    expect(await answersBy(gateway.url, { query })).toEqual(untold);
    expect(await answersBy(gateway.url, asking)).toEqual(told);
    expect(await answersBy(gateway.url, { query })).toEqual(untold);
  });
});
