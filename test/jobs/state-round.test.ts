import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentGuest } from '../../src/agent/index.ts';
import { JobBoard } from '../../src/jobs/job-board.ts';
import type { Leadership } from '../../src/jobs/leader.ts';
import { syncStates } from '../../src/jobs/state-sync.ts';
import { isPresent } from '../../src/resolvers/commit/index.ts';
import { prefixRange, type Range } from '../../src/store/range.ts';
import type { Store, Transaction } from '../../src/store/store.ts';
import { Deferred } from '../support/deferred.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, hypervisorRecord, id, jobRecord } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';

const hypervisorId = id('d', 1);
const upperCase = hypervisorId.toUpperCase();
const guestIds = (count: number) => Array.from({ length: count }, (_, number) => id('c', number + 1));

let gateway: GatewaySchema;
let ending: AbortController;
let leadership: Leadership;
let syncing: Promise<void>;
beforeEach(async () => {
  gateway = await openGatewaySchema();
  ending = new AbortController();
  leadership = { guard: isPresent('lochness/gateway/leader'), signal: ending.signal, end: () => ending.abort() };
  syncing = Promise.resolve();
  await gateway.put('gateway/leader', 'this one');
});
afterEach(async () => {
  ending.abort();
  await syncing;
  await gateway.close();
});

/** A hypervisor, under its name in the keys, with guests that nobody has seen yet. */
async function place(count: number, name = hypervisorId): Promise<void> {
  await gateway.putAll({
    [`hypervisors/${name}/metadata`]: hypervisorRecord({ ip: '10.0.0.1' }),
    [`hypervisors/${name}/heartbeat`]: 'here',
  });
  await placeGuests(count, name);
}

async function placeGuests(count: number, hypervisor = hypervisorId): Promise<void> {
  const records = guestIds(count).map((guestId) => [`guests/${guestId}/metadata`, guestRecord({ hypervisor })] as const);
  for (let from = 0; from < records.length; from += 50) await gateway.putAll(Object.fromEntries(records.slice(from, from + 50)));
}

/** What it was before somebody looks. */
const wasRunning = (count: number) =>
  gateway.putAll(Object.fromEntries(guestIds(count).map((guestId) => [`guests/${guestId}/state`, '{"state":"RUNNING"}'])));

interface SyncOptions {
  readonly store?: Store;
  /** Comes before each answer of the agent, which knows all guests and has stopped them. */
  readonly beforeAnswer?: () => Promise<unknown>;
}

interface Sync {
  /** How many states each commit would have written, and whether it did. How many guests a round knows of is not certain at first. */
  readonly commits: readonly (readonly [number, boolean])[];
  /** Until so many rounds have begun. */
  untilRound(number: number): Promise<void>;
  /** How often the board was asked to read all jobs anew. */
  readonly refills: number;
}

function sync({ store = gateway.store, beforeAnswer = async () => undefined }: SyncOptions = {}): Sync {
  const commits: [number, boolean][] = [];
  const agents = {
    ...gateway.services.agents,
    listGuests: async () => {
      await beforeAnswer();
      return guestIds(100).map((guestId): AgentGuest => ({ ...agentGuest, id: guestId }));
    },
  };
  const counting = storeWith(store, {
    async commit(transaction: Transaction) {
      const result = await store.commit(transaction);
      commits.push([transaction.writes.length, result.committed]);
      return result;
    },
  });
  const board = new JobBoard(gateway.services.keys, () => undefined);
  let refills = 0;
  async function refillBoard(): Promise<void> {
    const { results, revision } = await gateway.store.read({ ranges: [prefixRange('lochness/jobs/')] });
    board.reset(results[0]?.entries ?? [], revision);
  }
  let rounds = 0;
  const waiting: { readonly round: number; readonly begun: Deferred }[] = [];
  syncing = refillBoard().then(() =>
    syncStates(
      {
        services: { ...gateway.services, store: counting, agents },
        board,
        refillBoard: () => {
          refills++;
          void refillBoard();
        },
        get everyMs() {
          for (const { round, begun } of waiting) if (round === rounds) begun.resolve();
          rounds++;
          return 1;
        },
      },
      leadership,
    ),
  );
  return {
    commits,
    get refills() {
      return refills;
    },
    untilRound(number) {
      const begun = new Deferred();
      waiting.push({ round: rounds + number, begun });
      return begun.promise;
    },
  };
}

const agentGuest: Omit<AgentGuest, 'id'> = {
  ...{ state: 'shutoff', type: 'kvm', imageId: null, memory: null, cpu: null, vnc: null },
  ...{ metadata: {}, nics: [], disks: [] },
};

const refusedIn = ({ commits }: Sync) => commits.filter(([, isWritten]) => !isWritten).length;
const writtenIn = ({ commits }: Sync) => commits.reduce((sum, [count, isWritten]) => sum + (isWritten ? count : 0), 0);

/** The states of all guests, as written: null for one that nobody wrote. */
async function statesOf(count: number): Promise<readonly (string | null)[]> {
  const ranges = guestIds(count).map((guestId) => ({ start: `lochness/guests/${guestId}/state` }));
  const { results } = await gateway.store.read({ ranges });
  return results.map(({ entries: [entry] }) => (entry === undefined ? null : JSON.parse(entry.value.toString()).state));
}

/** Until the guest's state is written. */
async function untilState(guestId: string, state: string): Promise<void> {
  const range = { start: `lochness/guests/${guestId}/state` };
  const isIt = (value: Buffer | undefined) => value !== undefined && JSON.parse(value.toString()).state === state;
  const { results, revision } = await gateway.store.read({ ranges: [range] });
  if (isIt(results[0]?.entries[0]?.value)) return;
  for await (const { changes } of await gateway.store.watch({ range, after: revision })) {
    if (changes.some(({ current }) => isIt(current?.value))) return;
  }
}

/** Tells of what lies in the range only when it may: the answer to a read of it comes late. */
function lateStore(range: Range, isTold: Promise<void>): Store {
  return storeWith(gateway.store, {
    async read(request) {
      const answer = await gateway.store.read(request);
      if (request.ranges.some(({ start }) => start === range.start)) await isTold;
      return answer;
    },
  });
}

describe('states that are written together', () => {
  it('are refused once where the gateway leads no more, and it stops', async () => {
    await place(100);
    const { commits } = sync({ beforeAnswer: () => gateway.remove('gateway/leader') });
    await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve));
    await syncing;
    expect(commits).toEqual([[expect.any(Number), false]]);
    expect(await statesOf(100)).toEqual(Array(100).fill(null));
  });

  it('are refused once in a round where the hypervisor beats again', async () => {
    await place(100);
    await wasRunning(100);
    await gateway.remove(`hypervisors/${hypervisorId}/heartbeat`);
    let isSilent = true;
    const late = storeWith(gateway.store, {
      async commit(transaction) {
        if (isSilent) await gateway.put(`hypervisors/${hypervisorId}/heartbeat`, 'again');
        isSilent = false;
        return gateway.store.commit(transaction);
      },
    });
    const started = sync({ store: late });
    for (const guestId of guestIds(100)) await untilState(guestId, 'STOPPED');
    expect([refusedIn(started), writtenIn(started)]).toEqual([1, 100]);
    expect(leadership.signal.aborted).toBe(false);
  });

  it.each([1, 3])('are written but for %i that changed meanwhile, at the second attempt', async (changedCount) => {
    const changed = guestIds(39).filter((_, index) => index % 13 === 6 && index < 13 * changedCount);
    expect(changed).toHaveLength(changedCount);
    await place(1);
    const late = storeWith(gateway.store, {
      async commit(transaction) {
        if (transaction.writes.length === 40) {
          const record = guestRecord({ hypervisor: hypervisorId, bridge: 'other' });
          await gateway.putAll(Object.fromEntries(changed.map((guestId) => [`guests/${guestId}/metadata`, record])));
        }
        return gateway.store.commit(transaction);
      },
    });
    const { commits } = sync({ store: late });
    // From here on it knows all that there is.
    await untilState(id('c', 1), 'STOPPED');
    const others = guestIds(41).slice(1);
    const record = guestRecord({ hypervisor: hypervisorId });
    await gateway.putAll(Object.fromEntries(others.map((guestId) => [`guests/${guestId}/metadata`, record])));
    for (const guestId of others) await untilState(guestId, 'STOPPED');
    expect(commits).toEqual([
      [1, true],
      [40, false],
      [40 - changedCount, true],
      [changedCount, true],
    ]);
  });
});

describe('a hypervisor whose id is spelled in upper case in its keys', () => {
  it('is not taken for silent before the hypervisors are known', async () => {
    await place(3, upperCase);
    await wasRunning(3);
    const told = new Deferred();
    const started = sync({ store: lateStore(prefixRange('lochness/hypervisors/'), told.promise) });
    await started.untilRound(5);
    expect(started.commits).toEqual([]);
    told.resolve();
    for (const guestId of guestIds(3)) await untilState(guestId, 'STOPPED');
    expect([refusedIn(started), writtenIn(started)]).toEqual([0, 3]);
  });

  it('is not taken for silent before it is known', async () => {
    const told = new Deferred();
    const late = storeWith(gateway.store, {
      async watch(request) {
        if (request.range.start === 'lochness/hypervisors/') await told.promise;
        return gateway.store.watch(request);
      },
    });
    const started = sync({ store: late });
    await started.untilRound(2);
    await place(3, upperCase);
    await wasRunning(3);
    await started.untilRound(5);
    expect(writtenIn(started)).toBe(0);
    told.resolve();
    for (const guestId of guestIds(3)) await untilState(guestId, 'STOPPED');
  });

  it('that comes back under another spelling is not silent', async () => {
    await place(3);
    sync();
    for (const guestId of guestIds(3)) await untilState(guestId, 'STOPPED');
    await gateway.remove(`hypervisors/${hypervisorId}/metadata`);
    await gateway.remove(`hypervisors/${hypervisorId}/heartbeat`);
    for (const guestId of guestIds(3)) await untilState(guestId, 'UNKNOWN');
    await place(0, upperCase);
    for (const guestId of guestIds(3)) await untilState(guestId, 'STOPPED');
  });
});

describe('guests whose "jobs" key is newer than all that the board knows of jobs', () => {
  it('are looked at again after the board was filled anew, once', async () => {
    await gateway.put(`jobs/${id('b', 1)}`, jobRecord({ guest: id('c', 9), action: 'start', status: 'done' }));
    await place(3);
    const started = sync();
    for (const guestId of guestIds(3)) await untilState(guestId, 'STOPPED');
    await gateway.putAll({ [`guests/${id('c', 1)}/jobs`]: id('b', 2), [`guests/${id('c', 1)}/state`]: '{"state":"RUNNING"}' });
    await untilState(id('c', 1), 'STOPPED');
    expect(writtenIn(started)).toBe(4);
    await started.untilRound(5);
    expect(started.refills).toBe(1);
  });
});
