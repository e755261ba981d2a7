import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GuestModel } from '../../src/jobs/guest-model.ts';
import { HypervisorModel } from '../../src/jobs/hypervisor-model.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { Follower } from '../../src/store/follow.ts';
import { folderRange, openKeys } from '../../src/store/keys.ts';
import { keyRange, type Range } from '../../src/store/range.ts';
import type { KeyValue, Revision, Write } from '../../src/store/store.ts';
import { longestTurnMs } from '../support/event-loop.ts';
import { guestRecord, hypervisorRecord, id } from '../support/record.ts';

const keys = openKeys('lochness/');
const [here, there] = [id('d', 1), id('d', 2)] as const;
const directory = `lochness/guests/${id('c', 1)}/`;

function entry(key: string, value: string, revision: Revision): KeyValue {
  return { key, value: Buffer.from(value), createRevision: revision, modRevision: revision, version: 1, leaseId: null };
}

const on = (hypervisor: string, revision: Revision, name = id('c', 1)) =>
  entry(`lochness/guests/${name}/metadata`, guestRecord({ hypervisor }), revision);
const put = (current: KeyValue) => ({ key: current.key, previous: null, current });
const gone = (key: string) => ({ key, previous: null, current: null });

async function openModel(entries: readonly KeyValue[] = []): Promise<GuestModel> {
  const model = new GuestModel(keys);
  await model.reset(entries);
  return model;
}

const idsOn = (model: GuestModel, hypervisorId: string) => model.guestsOn(hypervisorId).map(({ id }) => id);

describe('the model of guests', () => {
  it('knows a guest on its hypervisor, with what guards its state', async () => {
    const state = entry(`${directory}state`, '{"state":"RUNNING"}', 8);
    const jobs = entry(`${directory}jobs`, id('0', 1), 7);
    const model = await openModel([jobs, on(here, 5), entry(`${directory}reservation`, '', 6), state]);
    expect(model.hypervisorIds).toEqual([here]);
    expect(model.guestsOn(here)).toEqual([{ id: id('c', 1), directory, hypervisorId: here, recordRevision: 5, state, jobs }]);
    expect(model.guestsOn(there)).toEqual([]);
  });

  it('knows guests that were placed without a state or a job, as the Go tools place them', async () => {
    const model = await openModel([on(here, 5)]);
    expect(model.guestsOn(here)).toMatchObject([{ state: null, jobs: null }]);
  });

  it('knows of the newest "jobs" key that it ever saw, also when that is gone', async () => {
    const jobsKey = `${directory}jobs`;
    const model = await openModel([entry(jobsKey, id('0', 1), 7), on(here, 9)]);
    expect(model.newestJobs).toBe(7);
    model.apply({ revision: 10, changes: [put(entry(jobsKey, id('0', 2), 10))] });
    model.apply({ revision: 11, changes: [gone(jobsKey)] });
    expect(model.newestJobs).toBe(10);
  });

  it('follows a guest to another hypervisor, off it, and out of the store', async () => {
    const state = entry(`${directory}state`, '{"state":"RUNNING"}', 5);
    const model = await openModel([on(here, 5), state]);
    model.apply({ revision: 6, changes: [put(on(there, 6))] });
    expect([idsOn(model, here), idsOn(model, there), model.hypervisorIds]).toEqual([[], [id('c', 1)], [there]]);
    expect(model.guestsOn(there)).toMatchObject([{ recordRevision: 6, state }]);
    model.apply({ revision: 7, changes: [put(on('', 7)), gone(`${directory}state`)] });
    expect(model.hypervisorIds).toEqual([]);
    model.apply({ revision: 8, changes: [put(on(here, 8))] });
    expect(model.guestsOn(here)).toMatchObject([{ recordRevision: 8, state: null }]);
    model.apply({ revision: 9, changes: [gone(`${directory}metadata`)] });
    expect(model.hypervisorIds).toEqual([]);
  });

  it('learns of a change of its state and its jobs', async () => {
    const model = await openModel([on(here, 5)]);
    const state = entry(`${directory}state`, '{"state":"RUNNING"}', 6);
    const jobs = entry(`${directory}jobs`, id('0', 1), 6);
    model.apply({ revision: 6, changes: [put(jobs), put(state)] });
    expect(model.guestsOn(here)).toMatchObject([{ state, jobs }]);
    model.apply({ revision: 7, changes: [gone(`${directory}jobs`), gone(`${directory}state`)] });
    expect(model.guestsOn(here)).toMatchObject([{ state: null, jobs: null }]);
  });

  it("leaves out a guest whose record can't be read, and keys that belong to no guest", async () => {
    const model = await openModel([
      entry(`${directory}metadata`, '{', 5),
      entry('lochness/guests/stray', guestRecord({ hypervisor: here }), 5),
      entry('lochness/guests/no-uuid/metadata', guestRecord({ hypervisor: here }), 5),
    ]);
    expect(model.hypervisorIds).toEqual([]);
    model.apply({ revision: 6, changes: [put(on(here, 6))] });
    expect(idsOn(model, here)).toEqual([id('c', 1)]);
    model.apply({ revision: 7, changes: [put(entry(`${directory}metadata`, '{', 7))] });
    expect(model.hypervisorIds).toEqual([]);
  });

  it('keeps a guest in the directory that it is stored in, in upper case too', async () => {
    const name = id('c', 1).toUpperCase();
    const model = await openModel([on(here, 5, name)]);
    expect(model.guestsOn(here)).toMatchObject([{ id: id('c', 1), directory: `lochness/guests/${name}/` }]);
  });

  it('forgets what it knew when it is filled anew', async () => {
    const model = await openModel([on(here, 5)]);
    await model.reset([on(there, 7, id('c', 2))]);
    expect([model.hypervisorIds, idsOn(model, there)]).toEqual([[there], [id('c', 2)]]);
  });

  it('gives way to others while it is filled with many', async () => {
    const entries = Array.from({ length: 30_000 }, (_, index) => on(id('d', index % 50), 5, id('c', index)));
    const { result, turnMs } = await longestTurnMs(() => openModel(entries));
    expect(result.guestsOn(id('d', 0))).toHaveLength(600);
    expect(turnMs).toBeLessThan(100);
  });
});

describe('the model of hypervisors', () => {
  const hypervisor = `lochness/hypervisors/${here}/`;
  const record = (ip: string, revision: Revision) => entry(`${hypervisor}metadata`, hypervisorRecord({ ip }), revision);

  it('knows whether one is alive, and where its agent listens', () => {
    const model = new HypervisorModel(keys);
    expect(model.get(here)).toBeUndefined();
    model.reset([
      entry(`${hypervisor}config/agentPort`, '8081', 4),
      entry(`${hypervisor}config/other`, '8082', 4),
      entry(`${hypervisor}guests/${id('c', 1)}`, id('c', 1), 4),
      entry(`${hypervisor}heartbeat`, 'now', 4),
      record('10.0.0.5', 4),
    ]);
    const known = { directory: hypervisor, hypervisor: { id: here, ip: '10.0.0.5' }, configuredPort: '8081', isAlive: true };
    expect(model.get(here)).toEqual(known);
    model.apply({ revision: 5, changes: [gone(`${hypervisor}heartbeat`), put(record('10.0.0.6', 5))] });
    expect(model.get(here)).toEqual({ ...known, hypervisor: { id: here, ip: '10.0.0.6' }, isAlive: false });
    model.apply({ revision: 6, changes: [gone(`${hypervisor}config/agentPort`), put(entry(`${hypervisor}heartbeat`, '', 6))] });
    expect(model.get(here)).toMatchObject({ configuredPort: null, isAlive: true });
    model.apply({ revision: 7, changes: [put(entry(`${hypervisor}metadata`, '{', 7))] });
    expect(model.get(here)).toMatchObject({ hypervisor: { ip: null } });
    model.reset([]);
    expect(model.get(here)).toBeUndefined();
  });
});

type Change = { readonly key: string; readonly value: string | null };

const guestChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    key: fc.constantFrom(1, 2, 3).map((number) => `lochness/guests/${id('c', number)}/metadata`),
    value: fc.option(fc.constantFrom(guestRecord({ hypervisor: here }), guestRecord({ hypervisor: there }), guestRecord(), '{')),
  }),
  fc.record({
    key: fc
      .tuple(fc.constantFrom(1, 2, 3), fc.constantFrom('state', 'jobs', 'reservation', 'other/metadata'))
      .map(([number, name]) => `lochness/guests/${id('c', number)}/${name}`),
    value: fc.option(fc.constantFrom('a', 'b')),
  }),
  fc.record({
    key: fc.constantFrom('lochness/guests/stray', 'lochness/guests/no-uuid/metadata'),
    value: fc.option(fc.constant(guestRecord({ hypervisor: here }))),
  }),
);

const hypervisorChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    key: fc.constantFrom(here, there).map((name) => `lochness/hypervisors/${name}/metadata`),
    value: fc.option(fc.constantFrom(hypervisorRecord({ ip: '10.0.0.5' }), hypervisorRecord(), '{')),
  }),
  fc.record({
    key: fc
      .tuple(
        fc.constantFrom(here, there),
        fc.constantFrom('heartbeat', 'config/agentPort', 'config/other', `guests/${id('c', 1)}`),
      )
      .map(([name, below]) => `lochness/hypervisors/${name}/${below}`),
    value: fc.option(fc.constantFrom('8081', '8082')),
  }),
);

function writesOf(changes: readonly Change[]): Write[] {
  const last = new Map(changes.map(({ key, value }) => [key, value]));
  return [...last].map(([key, value]) =>
    value === null ? { type: 'delete', range: keyRange(key) } : { type: 'put', key, value: Buffer.from(value) },
  );
}

interface Shown<Model extends Follower> {
  readonly open: () => Model;
  readonly show: (model: Model) => unknown;
  readonly range: Range;
  readonly change: fc.Arbitrary<Change>;
}

/** Each commit is told to one model; another one is filled with all that is there then. They must show the same. */
async function expectAsFilledAnew<Model extends Follower>({ open, show, range, change }: Shown<Model>): Promise<void> {
  const commits = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  const property = fc.asyncProperty(commits, async (all) => {
    const store = openMemoryStore({ log: silentLog });
    const read = async () => {
      const { results, revision } = await store.read({ ranges: [range] });
      return { entries: results[0]?.entries ?? [], revision };
    };
    const model = open();
    let { entries, revision } = await read();
    await model.reset(entries, revision);
    const watch = await store.watch({ range, after: revision });
    const batches = watch[Symbol.asyncIterator]();
    for (const changes of all) {
      await store.commit({ compares: [], writes: writesOf(changes) });
      const before = revision;
      ({ entries, revision } = await read());
      if (revision > before) model.apply((await batches.next()).value);
      const anew = open();
      await anew.reset(entries, revision);
      expect(show(model)).toEqual(show(anew));
    }
    await watch.close();
    await store.close();
  });
  await fc.assert(property, { numRuns: 300 });
}

describe('a model that is told of commits', () => {
  it('shows the guests that one shows that is filled anew', async () => {
    await expectAsFilledAnew({
      open: () => new GuestModel(keys),
      range: folderRange(keys, 'GUEST'),
      change: guestChange,
      show: (model) => ({
        hypervisorIds: [...model.hypervisorIds].sort((a, b) => (a < b ? -1 : 1)),
        guests: [here, there].map((hypervisorId) => [...model.guestsOn(hypervisorId)].sort((a, b) => (a.id < b.id ? -1 : 1))),
      }),
    });
  });

  it('shows the hypervisors that one shows that is filled anew', async () => {
    const nothing = { configuredPort: null, isAlive: false };
    await expectAsFilledAnew({
      open: () => new HypervisorModel(keys),
      range: folderRange(keys, 'HYPERVISOR'),
      change: hypervisorChange,
      show: (model) =>
        [here, there].map(
          (name) =>
            model.get(name) ?? { ...nothing, directory: `lochness/hypervisors/${name}/`, hypervisor: { id: name, ip: null } },
        ),
    });
  });
});
