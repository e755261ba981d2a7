import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Leader } from '../../src/jobs/leader.ts';
import { removeOldJobs, sweepOldJobs } from '../../src/jobs/old-jobs.ts';
import type { Compare, Store, Transaction } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { id, jobRecord } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';

const now = new Date('2026-11-27T12:00:00Z');
const keepDays = 7;
const dayMs = 86_400_000;

/** A time that lies so many days back. */
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs).toISOString();

let gateway: GatewaySchema;
beforeEach(async () => {
  gateway = await openGatewaySchema();
});
afterEach(() => gateway.close());

type Fields = Readonly<Record<string, unknown>>;

/** Under their ids' numbers. */
async function putJobs(jobs: Readonly<Record<number, Fields>>): Promise<void> {
  const entries = Object.entries(jobs).map(([number, fields]) => {
    const jobId = id('d', Number(number));
    return [`jobs/${jobId}`, jobRecord({ id: jobId, guest: id('c', 1), ...fields })] as const;
  });
  for (let from = 0; from < entries.length; from += 100)
    await gateway.putAll(Object.fromEntries(entries.slice(from, from + 100)));
}

const done = (days: number, fields: Fields = {}) => ({ status: 'done', finished_at: daysAgo(days), ...fields });

/** What lies under `jobs/`: the numbers of the ids, and what follows them. */
async function left(): Promise<string[]> {
  const { results } = await gateway.store.read({ ranges: [{ start: 'lochness/jobs/', end: 'lochness/jobs0' }] });
  return (results[0]?.entries ?? []).map(({ key }) => key.replace(/^.*-0*/, ''));
}

/** Holds always. */
const always: Compare = { target: 'version', range: { start: 'lochness/nothing' }, is: '=', number: 0 };

interface SweepOptions {
  readonly store?: Store;
  readonly guard?: Compare;
  readonly ending?: AbortController;
}

function sweep({ store = gateway.store, guard = always, ending = new AbortController() }: SweepOptions = {}): Promise<number> {
  const services = { ...gateway.services, store, now: () => now };
  return sweepOldJobs({ services, keepDays }, { guard, signal: ending.signal, end: () => ending.abort() });
}

/** A store that does something before the first commit, and tells of all. */
function watched(before: (transaction: Transaction) => Promise<unknown> = async () => undefined) {
  const commits: Transaction[] = [];
  const store = storeWith(gateway.store, {
    async commit(transaction) {
      commits.push(transaction);
      if (commits.length === 1) await before(transaction);
      return gateway.store.commit(transaction);
    },
  });
  return { store, commits };
}

describe('jobs that ended', () => {
  it('are removed when they are older than they are to be kept, and not before', async () => {
    await putJobs({
      1: done(7.001),
      2: done(7),
      3: done(6.999),
      4: done(0),
      5: done(400, { status: 'error', error: 'no' }),
      6: done(1, { status: 'error', error: 'no' }),
      // A clock that is ahead.
      7: done(-1),
    });
    expect(await sweep()).toBe(3);
    expect(await left()).toEqual(['3', '4', '6', '7']);
  });

  it('are removed together with a lock that was left', async () => {
    await putJobs({ 1: done(8), 2: done(1) });
    await gateway.putAll({ [`jobs/${id('d', 1)}.lock`]: 'left', [`jobs/${id('d', 2)}.lock`]: 'left' });
    expect(await sweep()).toBe(1);
    expect(await left()).toEqual(['2', '2.lock']);
  });

  it('are removed in batches, of which none is large', async () => {
    const jobs = Object.fromEntries(Array.from({ length: 600 }, (_, number) => [number + 1, done(number % 10 === 0 ? 1 : 8)]));
    await putJobs(jobs);
    const { store, commits } = watched();
    const before = await left();
    expect(await sweep({ store })).toBe(540);
    expect(await left()).toEqual(before.filter((number) => Number(number) % 10 === 1));
    // 450 of the first page, and 90 of the second.
    expect(commits.map(({ writes }) => writes.length)).toEqual([...Array(9).fill(100), 100, 80]);
  });

  it('are never removed while they are not finished, however old they are', async () => {
    const old = daysAgo(1000);
    await putJobs({
      1: { status: 'new', started_at: old },
      2: { status: 'working', started_at: old, remote: 'r' },
      // Tried again: it kept the time of its first end.
      3: { status: 'new', started_at: old, finished_at: old },
      4: { status: 'working', started_at: old, finished_at: old },
      5: { status: 'done', started_at: old },
      6: { status: 'other', finished_at: old },
      7: { status: undefined, finished_at: old },
    });
    expect(await sweep()).toBe(0);
    expect(await left()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('are left to the tool that they are of', async () => {
    await putJobs({ 1: done(100, { action: 'select-hypervisor' }), 2: done(100, { action: 'other' }), 3: done(100) });
    expect(await sweep()).toBe(1);
    expect(await left()).toEqual(['1', '2']);
  });

  it('are left where nobody can read them', async () => {
    await gateway.putAll({
      [`jobs/${id('d', 1)}`]: '{"status":"done"',
      'jobs/other': jobRecord(done(100)),
      [`jobs/${id('d', 2)}/below`]: jobRecord(done(100)),
    });
    await putJobs({ 3: done(100, { finished_at: 'yesterday' }), 4: done(100) });
    expect(await sweep()).toBe(1);
    expect(await left()).toHaveLength(4);
  });

  it('stay when they are tried again at that moment, with their locks', async () => {
    await putJobs({ 1: done(8) });
    const { store } = watched(async () => {
      await putJobs({ 1: { status: 'new' } });
      await gateway.putAll({ [`jobs/${id('d', 1)}.lock`]: 'ours' });
    });
    expect(await sweep({ store })).toBe(0);
    expect(await left()).toEqual(['1', '1.lock']);
  });

  it('are removed but for one that is tried again at that moment, with all that are beside it', async () => {
    await putJobs(Object.fromEntries(Array.from({ length: 60 }, (_, number) => [number + 1, done(8)])));
    const { store, commits } = watched(() => putJobs({ 7: { status: 'new' } }));
    expect(await sweep({ store })).toBe(59);
    expect(await left()).toEqual(['7']);
    // Two keys each: fifty, those but the one, and what is left.
    expect(commits.map(({ writes }) => writes.length)).toEqual([100, 98, 20]);
  });

  it('stay when who would remove them leads no more, and it does not go on', async () => {
    await putJobs(Object.fromEntries(Array.from({ length: 120 }, (_, number) => [number + 1, done(8)])));
    const guard: Compare = { target: 'createRevision', range: { start: 'lochness/gateway/leader' }, is: '=', number: 1 };
    const { store, commits } = watched();
    const ending = new AbortController();
    expect(await sweep({ store, guard, ending })).toBe(0);
    expect(await left()).toHaveLength(120);
    expect([commits.length, ending.signal.aborted]).toEqual([1, true]);
  });
});

describe('a gateway that leads', () => {
  it('removes them at once, and does no more when it stops', async () => {
    await putJobs({ 1: done(8), 2: done(1) });
    const services = { ...gateway.services, now: () => now };
    const swept = new Deferred();
    const log = Object.assign(Object.create(services.log), { info: () => swept.resolve() });
    const leader = new Leader({
      services,
      ttlSeconds: 10,
      lead: (leadership) => removeOldJobs({ services: { ...services, log }, keepDays }, leadership),
    });
    await swept.promise;
    expect(await left()).toEqual(['2']);
    await leader.close();
    const { results } = await gateway.store.read({ ranges: [{ start: 'lochness/gateway/leader' }] });
    expect(results[0]?.entries).toEqual([]);
  });
});
