import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import { jsonAnswer } from '../../src/demo/simulated-answer.ts';
import type { RunningJobs } from '../../src/jobs/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { prefixRange, type Range } from '../../src/store/range.ts';
import type { CommitResult, KeyValue, Revision, Store, Transaction, WatchBatch, Write } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { type Lifecycle, type LifecycleOptions, openLifecycle } from '../support/lifecycle.ts';
import { guestRecord, id, jobRecord } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';
import { openSocketClient } from '../support/ws-client.ts';

interface OpenedStore {
  readonly store: Store;
  close(): Promise<void>;
}

async function openEmbedded(): Promise<OpenedStore> {
  const store = openMemoryStore({ log: silentLog });
  return { store, close: () => store.close() };
}

const jobs = { stateSyncSeconds: 0.05 };

let opened: OpenedStore;
let cluster: Lifecycle;
let agent: SimulatedAgent;

afterEach(async () => {
  await cluster.close();
  await opened.close();
});

async function open(options: LifecycleOptions = {}, openStore: () => Promise<OpenedStore> = openEmbedded): Promise<void> {
  opened = await openStore();
  cluster = await openLifecycle({ jobs, ...options, store: opened.store });
  agent = agentAt(0);
}

function agentAt(number: number): SimulatedAgent {
  const found = cluster.agents[number];
  if (found === undefined) throw new Error(`There is no agent ${number}`);
  return found;
}

function hypervisorAt(number: number): string {
  const found = cluster.hypervisorIds[number];
  if (found === undefined) throw new Error(`There is no hypervisor ${number}`);
  return found;
}

const isList = ({ method, path }: { readonly method: string; readonly path: string }) => method === 'GET' && path === '/guests';

/** Until the agent is asked for its guests so many more times. */
async function untilAsked(times: number, asked = agent): Promise<void> {
  let left = asked.requests.filter(isList).length + times;
  await asked.untilSeen((request) => isList(request) && --left === 0);
}

/**
 * Until the agent's guests were looked at from the beginning to the end: the first question may belong to a look that has begun, and the
 * third comes only when the second has led to all that it leads to.
 */
const untilLookedAt = (asked = agent) => untilAsked(3, asked);

async function read(range: Range): Promise<{ readonly entries: readonly KeyValue[]; readonly revision: Revision }> {
  const { results, revision } = await opened.store.read({ ranges: [range] });
  return { entries: results[0]?.entries ?? [], revision };
}

async function revisionNow(): Promise<Revision> {
  return (await read({ start: 'lochness/' })).revision;
}

async function write(...writes: readonly Write[]): Promise<Revision> {
  return (await opened.store.commit({ compares: [], writes })).revision;
}

const put = (key: string, value: string): Write => ({ type: 'put', key: `lochness/${key}`, value: Buffer.from(value) });

/** All that happened in a range behind a revision, until now. */
async function batchesOf(range: Range, after: Revision): Promise<readonly WatchBatch[]> {
  const batches: WatchBatch[] = [];
  // The mark lies beside all that is ours.
  const watch = await opened.store.watch({ range: { start: 'lochness/', end: 'n' }, after });
  const last = await write({ type: 'put', key: 'mark', value: Buffer.from('') });
  for await (const batch of watch) {
    if (batch.revision === last) break;
    const end = range.end ?? `${range.start}\0`;
    const changes = batch.changes.filter(({ key }) => key >= range.start && key < end);
    if (changes.length > 0) batches.push({ ...batch, changes });
  }
  return batches;
}

const stateKey = (guestId: string): Range => ({ start: `lochness/guests/${guestId}/state` });

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a record, it says in its expectation.
async function stateRecordOf(guestId: string): Promise<any> {
  const { entries } = await read(stateKey(guestId));
  return entries[0] === undefined ? null : JSON.parse(entries[0].value.toString());
}

/** The states that were written, one after the other. */
async function statesWritten(guestId: string, after: Revision): Promise<readonly string[]> {
  const batches = await batchesOf(stateKey(guestId), after);
  return batches.flatMap(({ changes }) => changes).map(({ current }) => JSON.parse(current?.value.toString() ?? '{}').state);
}

/** The next changes of guests' states that a subscriber is told, as `FROM to TO`. */
async function openStateEvents(): Promise<{ next(): Promise<string>; close(): Promise<void> }> {
  const { client } = await openSocketClient(cluster.gateway.url);
  const query = 'subscription ($after: EventCursor!) { guestStateChanged(after: $after) { guestId from to guest { state } } }';
  const after = String(await revisionNow());
  const events = client.iterate<{ guestStateChanged: { from: string; to: string; guest: { state: string } } }>({
    query,
    variables: { after },
  });
  return {
    async next() {
      const { value } = await events.next();
      const { from, to, guest } = value.data.guestStateChanged;
      expect(guest.state).toBe(to);
      return `${from} to ${to}`;
    },
    close: async () => client.dispose(),
  };
}

/** Guests that the Go tools placed: records and links, and nothing of ours. */
async function placeByHand(guestIds: readonly string[], hypervisorId = hypervisorAt(0)): Promise<void> {
  const fields = { hypervisor: hypervisorId, network: cluster.networkId, subnet: cluster.subnetId, flavor: cluster.flavorId };
  for (let from = 0; from < guestIds.length; from += 50) {
    const writes = guestIds
      .slice(from, from + 50)
      .flatMap((guestId) => [
        put(`guests/${guestId}/metadata`, guestRecord({ id: guestId, mac: '02:00:00:00:00:01', ...fields })),
        put(`hypervisors/${hypervisorId}/guests/${guestId}`, guestId),
      ]);
    await write(...writes);
  }
}

describe.each([
  ['the embedded store', openEmbedded],
  ['etcd', () => startEtcdWithStore()],
])('the states of guests, on %s,', (_name, openStore) => {
  it('follow a guest that crashes, stops or runs again by itself, and subscribers hear of it', async () => {
    await open({}, openStore);
    const [guestId, other] = [await cluster.createdGuest(), await cluster.createdGuest()];
    const events = await openStateEvents();
    const before = await revisionNow();
    agent.killGuest(guestId);
    expect(await events.next()).toBe('RUNNING to ERROR');
    expect(await cluster.stateOf(guestId)).toBe('ERROR');
    expect(await stateRecordOf(guestId)).toMatchObject({ state: 'ERROR', reported: 'crashed' });
    agent.killGuest(guestId, 'shutoff');
    expect(await events.next()).toBe('ERROR to STOPPED');
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
    await cluster.untilEnded(await cluster.act(guestId, 'START'));
    expect(await events.next()).toBe('STOPPED to RUNNING');
    await events.close();
    expect(await statesWritten(guestId, before)).toEqual(['ERROR', 'STOPPED', 'RUNNING']);
    expect(await statesWritten(other, before)).toEqual([]);
    expect(await cluster.leftovers()).toEqual([]);
  });

  it.each([
    ['tells them', {}],
    ['says "create" of all that it has', { keepsCreateState: true }],
  ])(
    'become UNKNOWN with the end of a heartbeat, and are known again when it beats, where the agent %s',
    async (_how, options) => {
      await open({ hypervisorCount: 2, agent: options }, openStore);
      const running = await cluster.createdGuest({ on: 0 });
      const stopped = await cluster.createdGuest({ on: 0 });
      const elsewhere = await cluster.createdGuest({ on: 1 });
      await cluster.untilEnded(await cluster.act(stopped, 'POWEROFF'));
      const before = await revisionNow();
      await cluster.silence(hypervisorAt(0));
      await Promise.all([running, stopped].map((guestId) => cluster.untilState(guestId, 'UNKNOWN')));
      expect(await stateRecordOf(stopped)).toMatchObject({ state: 'UNKNOWN', before: 'STOPPED' });
      await cluster.beat(hypervisorAt(0));
      await Promise.all([cluster.untilState(running, 'RUNNING'), cluster.untilState(stopped, 'STOPPED')]);
      expect(await statesWritten(running, before)).toEqual(['UNKNOWN', 'RUNNING']);
      expect(await statesWritten(stopped, before)).toEqual(['UNKNOWN', 'STOPPED']);
      expect(await statesWritten(elsewhere, before)).toEqual([]);
    },
  );

  it('are written only where they changed: else the store stands still', async () => {
    await open({ hypervisorCount: 3 }, openStore);
    const guestIds = [await cluster.createdGuest({ on: 0 }), await cluster.createdGuest({ on: 1 })];
    const cutOff = await cluster.createdGuest({ on: 2 });
    await cluster.silence(hypervisorAt(1));
    await cluster.untilState(guestIds[1] ?? '', 'UNKNOWN');
    agentAt(2).treat(() => 'CUT_BEFORE');
    await untilLookedAt();
    const before = await revisionNow();
    await Promise.all([untilLookedAt(), untilLookedAt(agentAt(2))]);
    expect(await revisionNow()).toBe(before);
    expect(await cluster.stateOf(cutOff)).toBe('RUNNING');
  });

  it('of 300 guests that change at once are written in few commits', async () => {
    const guestIds = Array.from({ length: 300 }, (_, number) => id('c', number));
    await open({ agent: { guests: guestIds.map((guestId) => ({ id: guestId, state: 'running' })) } }, openStore);
    await placeByHand(guestIds);
    for (const guestId of guestIds) await cluster.untilState(guestId, 'RUNNING');
    await untilLookedAt();
    const before = await revisionNow();
    await cluster.silence(hypervisorAt(0));
    for (const guestId of guestIds) await cluster.untilState(guestId, 'UNKNOWN');
    const batches = await batchesOf(prefixRange('lochness/guests/'), before);
    expect(batches.flatMap(({ changes }) => changes)).toHaveLength(300);
    // Eight by one look; the heartbeat may end in the middle of one.
    expect(batches.length).toBeLessThanOrEqual(2 * 8);
  });
});

describe('a guest', () => {
  it('that its agent does not know is in ERROR, until the agent knows it again', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const lost = agent.guests.get(guestId);
    await fetch(`${agent.origin}/guests/${guestId}/delete`, { method: 'POST' });
    await cluster.untilState(guestId, 'ERROR');
    expect(await stateRecordOf(guestId)).toMatchObject({ state: 'ERROR', reported: '' });
    await fetch(`${agent.origin}/guests`, { method: 'POST', body: JSON.stringify(lost) });
    await cluster.untilState(guestId, 'RUNNING');
  });

  it('whose agent can not be reached is what it was while its hypervisor beats', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const before = await revisionNow();
    await agent.crash();
    agent.killGuest(guestId);
    await cluster.gateway.lineSaying('states could not be compared');
    expect(await cluster.stateOf(guestId)).toBe('RUNNING');
    agent.treat(() => ({ status: 500, headers: {}, body: 'broken' }));
    await agent.restart();
    await untilLookedAt();
    agent.treat(() => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: '[{"id":' }));
    await untilLookedAt();
    expect(await revisionNow()).toBe(before);
    agent.treat(null);
    await cluster.untilState(guestId, 'ERROR');
    expect(await statesWritten(guestId, before)).toEqual(['ERROR']);
  });

  it('is UNKNOWN as soon as its hypervisor is silent, however long its agent could not be reached before', async () => {
    await open({ hypervisorCount: 2, jobs: { stateSyncSeconds: 0.1 } });
    const guestId = await cluster.createdGuest({ on: 0 });
    await cluster.createdGuest({ on: 1 });
    agent.treat(() => 'CUT_BEFORE');
    // Each time that it fails it is left out for one round more.
    await untilAsked(4);
    const asked = agentAt(1).requests.filter(isList).length;
    await cluster.silence(hypervisorAt(0));
    await cluster.untilState(guestId, 'UNKNOWN');
    expect(agentAt(1).requests.filter(isList).length - asked).toBeLessThan(4);
  });

  it('that waits for an agent which hangs keeps no other from being looked at', async () => {
    await open({ hypervisorCount: 2 });
    const [hanging, other] = [await cluster.createdGuest({ on: 0 }), await cluster.createdGuest({ on: 1 })];
    agent.hang();
    await untilAsked(1);
    agentAt(1).killGuest(other);
    await cluster.untilState(other, 'ERROR');
    expect(await cluster.stateOf(hanging)).toBe('RUNNING');
    const asked = agent.requests.filter(isList).length;
    await untilLookedAt(agentAt(1));
    expect(agent.requests.filter(isList).length).toBe(asked);
    agent.resume();
  });

  it('with an unfinished job is left to that', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const held = new Deferred();
    const isPoll = ({ method, path }: { readonly method: string; readonly path: string }) =>
      method === 'GET' && path.startsWith('/jobs/');
    const before = await revisionNow();
    agent.treat(async (request) => {
      if (isPoll(request)) await held.promise;
      return 'SERVE' as const;
    });
    const polls = agent.requests.filter(isPoll).length;
    const jobId = await cluster.act(guestId, 'RESTART');
    let left = polls + 1;
    await agent.untilSeen((request) => isPoll(request) && --left === 0);
    agent.killGuest(guestId);
    await untilLookedAt();
    expect(await statesWritten(guestId, before)).toEqual([]);
    held.resolve();
    await cluster.untilEnded(jobId);
    await cluster.untilState(guestId, 'ERROR');
  });

  it('whose newest job no gateway has heard of, as after an import, is looked at all the same', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await write(put(`guests/${guestId}/jobs`, id('b', 1)));
    agent.killGuest(guestId);
    await cluster.untilState(guestId, 'ERROR');
  });

  it('that has a job of which the gateway is not told is left to it, and the job is done', async () => {
    opened = await openEmbedded();
    // Nothing is told of jobs that come while it watches for the first time.
    let isFirst = true;
    const deaf = storeWith(opened.store, {
      watch(request) {
        const isDeaf = isFirst && request.range.start === 'lochness/jobs/';
        if (isDeaf) isFirst = false;
        return opened.store.watch(isDeaf ? { ...request, range: { start: 'nothing' } } : request);
      },
    });
    cluster = await openLifecycle({ store: opened.store, jobs: null });
    agent = agentAt(0);
    const creating = cluster.startJobs();
    const guestId = await cluster.createdGuest();
    await creating.close();
    await cluster.startJobs({ ...jobs, services: { ...cluster.gateway.services, store: deaf } });
    await untilLookedAt();
    const before = await revisionNow();
    const jobId = await cluster.act(guestId, 'SUSPEND');
    agent.killGuest(guestId);
    expect(await cluster.untilEnded(jobId)).toMatchObject({ status: 'DONE', error: null });
    expect((await statesWritten(guestId, before))[0]).toBe('SUSPENDED');
  });

  it('with a job of another tool is looked at all the same', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await write(put(`jobs/${id('d', 1)}`, jobRecord({ id: id('d', 1), action: 'select-hypervisor', guest: guestId })));
    agent.killGuest(guestId);
    await cluster.untilState(guestId, 'ERROR');
  });

  it('is not written as the agent saw it before a job of it ended', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    const before = await revisionNow();
    const held = new Deferred();
    agent.treat(async (request) => {
      if (!isList(request)) return 'SERVE';
      const answer = jsonAnswer(200, [...agent.guests.values()]);
      await held.promise;
      return answer;
    });
    await untilAsked(1);
    await cluster.untilEnded(await cluster.act(guestId, 'SHUTDOWN'));
    expect(await cluster.stateOf(guestId)).toBe('STOPPED');
    held.resolve();
    await untilLookedAt();
    expect(await statesWritten(guestId, before)).toEqual(['STOPPED']);
  });

  it('that was changed while the agent was asked does not keep those beside it from being written', async () => {
    const guestIds = Array.from({ length: 20 }, (_, number) => id('c', number));
    await open({ agent: { guests: guestIds.map((guestId) => ({ id: guestId, state: 'running' })) } });
    const held = new Deferred();
    agent.treat(async (request) => {
      if (isList(request)) await held.promise;
      return 'SERVE' as const;
    });
    await placeByHand(guestIds);
    await untilAsked(1);
    const [changed = '', ...others] = guestIds;
    const { entries } = await read({ start: `lochness/guests/${changed}/metadata` });
    const after = await write(put(`guests/${changed}/metadata`, entries[0]?.value.toString() ?? ''));
    held.resolve();
    for (const guestId of guestIds) await cluster.untilState(guestId, 'RUNNING');
    const written = await batchesOf(prefixRange('lochness/guests/'), after);
    const keysOf = ({ changes }: WatchBatch) => changes.map(({ key }) => key);
    // Those that share a half with it are found by halves: no more commits than halves.
    expect(written.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(guestIds.length)));
    expect(written.flatMap(keysOf).sort((a, b) => (a < b ? -1 : 1))).toEqual(
      [changed, ...others].map((guestId) => stateKey(guestId).start).sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('that the Go tools placed gets a record of its state, and none where there is nothing to tell', async () => {
    const [running, stopped, silent] = [id('c', 1), id('c', 2), id('c', 3)];
    const guests = [
      { id: running, state: 'running' },
      { id: stopped, state: 'shutoff' },
      { id: silent, state: 'running' },
    ];
    await open({ hypervisorCount: 2, agent: (number) => (number === 0 ? { guests } : {}) });
    await cluster.silence(hypervisorAt(1));
    await placeByHand([running, stopped]);
    await placeByHand([silent], hypervisorAt(1));
    await Promise.all([cluster.untilState(running, 'RUNNING'), cluster.untilState(stopped, 'STOPPED')]);
    await untilLookedAt();
    expect(await stateRecordOf(stopped)).toEqual({ state: 'STOPPED', reported: 'shutoff', observed_at: expect.any(String) });
    expect([await cluster.stateOf(silent), await stateRecordOf(silent)]).toEqual(['UNKNOWN', null]);
  });

  it('that was taken off its hypervisor is not looked at any more', async () => {
    await open();
    const guestId = await cluster.createdGuest();
    await cluster.silence(hypervisorAt(0));
    await cluster.untilState(guestId, 'UNKNOWN');
    await cluster.query(`mutation { unplaceGuest(guestId: "${guestId}") { guest { id } } }`);
    await cluster.beat(hypervisorAt(0));
    const other = await cluster.createdGuest();
    const before = await revisionNow();
    agent.killGuest(other);
    await cluster.untilState(other, 'ERROR');
    await untilLookedAt();
    expect(await statesWritten(guestId, before)).toEqual([]);
    expect([await cluster.stateOf(guestId), await stateRecordOf(guestId)]).toEqual(['UNPLACED', null]);
  });
});

interface Commit extends CommitResult {
  readonly keys: readonly string[];
}

describe('of two gateways', () => {
  let guestId: string;

  interface Other {
    readonly jobs: RunningJobs;
    /** Those of states. */
    readonly commits: readonly Commit[];
    /** The first one that was refused. */
    readonly untilRefused: Promise<Commit>;
  }

  interface StartOptions {
    /** What it waits for before it writes a state. */
    readonly before?: Promise<unknown>;
    readonly leaseTtlSeconds?: number;
  }

  /** One that writes its name where leaders do. */
  async function start(name: string, { before, leaseTtlSeconds = 60 }: StartOptions = {}): Promise<Other> {
    const { services } = cluster.gateway;
    const commits: Commit[] = [];
    const refused = new Deferred<Commit>();
    const store = storeWith(opened.store, {
      async commit(transaction: Transaction) {
        const keys = transaction.writes.flatMap((one) => (one.type === 'put' ? [one.key] : []));
        const isOfStates = keys.length > 0 && keys.every((key) => key.endsWith('/state'));
        if (isOfStates) await before;
        const commit = { ...(await opened.store.commit(transaction)), keys };
        if (isOfStates) commits.push(commit);
        if (isOfStates && !commit.committed) refused.resolve(commit);
        return commit;
      },
    });
    const started = cluster.startJobs({ ...jobs, leaseTtlSeconds, services: { ...services, store, newId: () => name } });
    return { jobs: started, commits, untilRefused: refused.promise };
  }

  async function untilLeads(name: string): Promise<KeyValue> {
    const range = { start: 'lochness/gateway/leader' };
    const { entries, revision } = await read(range);
    if (entries[0]?.value.toString() === name) return entries[0];
    for await (const { changes } of await opened.store.watch({ range, after: revision })) {
      for (const { current } of changes) if (current?.value.toString() === name) return current;
    }
    throw new Error('The watch ended');
  }

  async function openTwo(): Promise<void> {
    await open({ jobs: null, agent: { guests: [{ id: id('c', 1), state: 'running' }] } });
    guestId = id('c', 1);
    await placeByHand([guestId]);
  }

  it('one looks at the guests, and the other one when that is closed', async () => {
    await openTwo();
    const first = await start('first');
    await untilLeads('first');
    await cluster.untilState(guestId, 'RUNNING');
    const second = await start('second');
    agent.killGuest(guestId);
    await cluster.untilState(guestId, 'ERROR');
    await untilLookedAt();
    expect([first.commits.length, second.commits.length]).toEqual([2, 0]);

    await first.jobs.close();
    await untilLeads('second');
    agent.killGuest(guestId, 'shutoff');
    await cluster.untilState(guestId, 'STOPPED');
    expect([first.commits.length, second.commits.length]).toEqual([2, 1]);
  });

  it('the one whose lease was lost writes nothing any more, even where it does not know that', async () => {
    await openTwo();
    const first = await start('first');
    const { leaseId } = await untilLeads('first');
    await cluster.untilState(guestId, 'RUNNING');
    const second = await start('second', { before: first.untilRefused });
    await opened.store.revokeLease(leaseId ?? '');
    const { createRevision: takeover } = await untilLeads('second');
    agent.killGuest(guestId);
    await cluster.untilState(guestId, 'ERROR');
    expect(first.commits.filter(({ committed, revision }) => committed && revision > takeover)).toEqual([]);
    const [batch] = await batchesOf(stateKey(guestId), takeover);
    expect(second.commits.filter(({ committed }) => committed).map(({ revision }) => revision)).toEqual([batch?.revision]);
  });

  it('the one that is refused since it leads no more gives up at once, and leads again when the other one is closed', async () => {
    await openTwo();
    const first = await start('first');
    const { leaseId, createRevision } = await untilLeads('first');
    await cluster.untilState(guestId, 'RUNNING');
    const services = { ...cluster.gateway.services, newId: () => 'second' };
    const second = cluster.startJobs({ leaseTtlSeconds: 60, services });
    await opened.store.revokeLease(leaseId ?? '');
    await untilLeads('second');
    agent.killGuest(guestId);
    await first.untilRefused;
    expect(first.commits.filter(({ committed }) => !committed)).toHaveLength(1);
    await second.close();
    // Its lease is to be renewed in 15 s: it has heard of it otherwise.
    expect((await untilLeads('first')).createRevision).toBeGreaterThan(createRevision);
    await cluster.untilState(guestId, 'ERROR');
  });

  it('the one that led and lost its lease hears of it, and leads again when the other one is closed', async () => {
    await openTwo();
    await start('first', { leaseTtlSeconds: 1 });
    const { leaseId, createRevision } = await untilLeads('first');
    const second = await start('second');
    await opened.store.revokeLease(leaseId ?? '');
    await untilLeads('second');
    await second.jobs.close();
    expect((await untilLeads('first')).createRevision).toBeGreaterThan(createRevision);
    agent.killGuest(guestId);
    await cluster.untilState(guestId, 'ERROR');
  });
});
