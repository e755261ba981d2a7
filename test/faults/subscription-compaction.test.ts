import { parse } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { everybody } from '../../src/auth/index.ts';
import { createContext } from '../../src/context.ts';
import { type ChangeEvent, subscribeToChanges } from '../../src/resolvers/subscription/change.ts';
import { answerEvent } from '../../src/server/event-answer.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { NodeKind } from '../../src/store/keys.ts';
import { prefixRange } from '../../src/store/range.ts';
import type { Revision, Store } from '../../src/store/store.ts';
import { printEventCursor } from '../../src/store/values/event-cursor.ts';
import { ChangeLog } from '../support/change-log.ts';
import { etcdVersions } from '../support/etcd.ts';
import { type EtcdWithStore, startEtcdWithStore } from '../support/etcd-store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { prefix, schema } from '../support/gateway-schema.ts';
import { randomFrom } from '../support/random.ts';
import { flavorRecord, guestRecord, id } from '../support/record.ts';
import { type ChangeSeen, expectAsTold, ResumingReader } from '../support/resuming-reader.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const flavorKey = `flavors/${id('f', 1)}/metadata`;
const guestKeys = [1, 2, 3].map((number) => `guests/${id('c', number)}/metadata`);

describe.each(etcdVersions)('when etcd %s compacts what was not told yet', (version) => {
  let etcd: EtcdWithStore;
  let proxy: TcpProxy;
  let store: Store;
  const gateways: Gateway[] = [];
  beforeAll(async () => {
    etcd = await startEtcdWithStore({ version });
    proxy = await startTcpProxy(etcd.server.port);
    store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 1000 });
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
    await etcd.store.commit({ compares: [], writes: [{ type: 'delete', range: prefixRange(prefix) }] });
  });
  afterAll(async () => {
    await store.close();
    await proxy.close();
    await etcd.close();
  });

  /** One that has heard of nothing yet. */
  async function openGateway(): Promise<Gateway> {
    const gateway = await startGateway({ store, schema });
    gateways.push(gateway);
    return gateway;
  }

  const put = async (entries: Readonly<Record<string, string>>): Promise<Revision> => {
    const values = Object.entries(entries);
    const writes = values.map(([key, value]) => ({ type: 'put', key: prefix + key, value: Buffer.from(value) }) as const);
    return (await etcd.store.commit({ compares: [], writes })).revision;
  };
  const openLog = () => new ChangeLog(etcd.store, randomFrom(1));
  const read = ({ url }: Gateway, after: Revision | string) => new ResumingReader({ url: () => url, after });
  const gone = (oldestRevision: Revision) => ({ code: 'REVISION_COMPACTED', oldestRevision });

  it('who comes back from before the compaction is refused, and who comes from its revision is told all', async () => {
    const log = openLog();
    const reader = read(await openGateway(), await log.mark());
    await log.write(20);
    await reader.untilTold(await log.mark());
    await reader.close();
    await log.write(20);
    const compacted = await log.mark();
    await etcd.compact(compacted);
    await log.write(20);
    const newest = await log.mark();

    const gateway = await openGateway();
    for (const after of [reader.seen.at(-1)?.cursor ?? '', compacted - 1]) {
      const late = read(gateway, after);
      expect(await late.untilRefused()).toEqual(gone(compacted));
      expect(late.seen).toEqual([]);
    }
    const resumed = read(gateway, compacted);
    await resumed.untilTold(newest);
    await resumed.close();
    expectAsTold({ told: log.after(compacted), seen: resumed.seen });
  });

  it('a cursor within a commit needs the revision before it', async () => {
    await put({ 'config/a': '' });
    const revision = await put({ 'config/a': '', 'config/b': '', 'config/c': '' });
    await etcd.compact(revision - 1);
    const resumed = read(await openGateway(), `${revision}.0`);
    await resumed.untilCount(2);
    await resumed.close();
    expect(resumed.seen).toMatchObject([{ cursor: `${revision}.1` }, { cursor: `${revision}.2` }]);

    await put({ 'config/a': '' });
    await etcd.compact(revision);
    const refused = read(await openGateway(), `${revision}.0`);
    expect(await refused.untilRefused()).toEqual(gone(revision));
    expect(refused.seen).toEqual([]);
  });

  it('who follows at a gateway that is cut off meanwhile hears that something is missing', async () => {
    const log = openLog();
    const gateway = await openGateway();
    const start = await log.mark();
    const readers = [read(gateway, start), read(gateway, start)];
    await log.write(20);
    const seen = await log.mark();
    for (const reader of readers) await reader.untilTold(seen);
    const told = log.after(start);
    proxy.refuse();
    proxy.cut();
    await log.write(20);
    const compacted = await log.mark();
    await etcd.compact(compacted);
    proxy.admit();
    for (const reader of readers) {
      expect(await reader.untilRefused()).toEqual(gone(compacted));
      expectAsTold({ told, seen: reader.seen });
    }
    const resumed = read(gateway, compacted);
    await log.write(20);
    await resumed.untilTold(await log.mark());
    await resumed.close();
    expectAsTold({ told: log.after(compacted), seen: resumed.seen });
  });

  it('a gateway that still remembers it tells it, up to where it has to ask etcd', async () => {
    const log = openLog();
    const gateway = await openGateway();
    const start = await log.mark();
    const next = await subscribe(gateway, start, ['CONFIG']);
    for (let count = 0; count < 3; count++) await log.mark();
    const told = log.after(start);
    // Nobody asked for this one: what it takes to tell it was never read.
    await put({ [`guests/${id('c', 1)}/metadata`]: guestRecord() });
    const newest = await log.mark();
    for (let revision = 0; revision < newest; ) revision = (await next()).revision;
    await etcd.compact(newest);
    const reader = read(gateway, start);
    expect(await reader.untilRefused()).toEqual(gone(newest));
    expectAsTold({ told, seen: reader.seen });
  });

  it('who is far back and overtaken is told all up to some point, and then that the rest is gone', async () => {
    const log = openLog();
    const start = await log.mark();
    await log.write(200);
    const gateway = await openGateway();
    const first = read(gateway, await log.mark());
    const newest = await log.mark();
    await first.untilTold(newest);
    const next = await subscribe(gateway, start);
    const seen: ChangeSeen[] = [];
    const readUpTo = async (count: number) => {
      while (seen.length < count) {
        const { cursor, ...event } = await next();
        seen.push({ ...event, cursor: printEventCursor(cursor) });
      }
    };
    await readUpTo(10);
    await etcd.compact(newest);
    await expect(readUpTo(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'REVISION_COMPACTED' });
    expectAsTold({ told: log.after(start).slice(0, seen.length), seen });
    expect(gateway.services.changes.streamCount).toBe(1);
    await first.close();
  });

  it('an event that is answered too late leads to what is there now, and says so', async () => {
    const gateway = await openGateway();
    const metadata = (version: string) => ({ metadata: { version } });
    const start = await put({ [flavorKey]: flavorRecord(metadata('old')) });
    const revisions: Revision[] = [];
    for (const key of guestKeys) revisions.push(await put({ [key]: guestRecord(metadata('old')) }));
    const next = await subscribe(gateway, start);
    const events = [await next(), await next(), await next()];
    const document = parse('subscription { changes { revision node { ... on Guest { metadata flavor { metadata } } } } }');
    const answer = async (index: number): Promise<unknown> => {
      const event = events[index];
      return (
        event && JSON.parse(JSON.stringify(await answerEvent({ services: gateway.services, args: { schema, document } }, event)))
      );
    };
    const told = (index: number, node: unknown, revision: Revision | undefined) => ({
      data: { changes: { revision: String(revisions[index]), node } },
      extensions: { revision: String(revision) },
    });
    const guest = (version: string) => ({ ...metadata(version), flavor: metadata(version) });

    expect(await answer(0)).toEqual(told(0, guest('old'), revisions[0]));
    await put({ [flavorKey]: flavorRecord(metadata('new')), [guestKeys[1] ?? '']: guestRecord(metadata('new')) });
    const removal = [{ type: 'delete', range: { start: prefix + guestKeys[2] } }] as const;
    const { revision: newest } = await etcd.store.commit({ compares: [], writes: removal });
    await etcd.compact(newest);
    expect(await answer(1)).toEqual(told(1, guest('new'), newest));
    expect(await answer(2)).toEqual(told(2, null, newest));
  });
});

/** In this process: it is told nothing more than what is taken of it. */
async function subscribe({ services }: Gateway, after: Revision, kinds: readonly NodeKind[] | null = null) {
  const { signal } = new AbortController();
  const args = { after: { revision: after, index: null }, kinds };
  const events = await subscribeToChanges(createContext(services, { signal, viewer: everybody }), args);
  return async (): Promise<ChangeEvent> => {
    const { value } = await events.next();
    if (value === undefined) throw new Error('It ended');
    return value;
  };
}
