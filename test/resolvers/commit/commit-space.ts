import { everybody } from '../../../src/auth/index.ts';
import { type Context, createContext, type OperationOptions, openServices } from '../../../src/context.ts';
import { silentLog } from '../../../src/log.ts';
import { type Answer, beginMutation, type Change, type Decision, isStill, put } from '../../../src/resolvers/commit/index.ts';
import { openMemoryStore } from '../../../src/store/embedded/index.ts';
import { openKeys } from '../../../src/store/keys.ts';
import type { HistoryLimits } from '../../../src/store/keyspace.ts';
import { prefixRange } from '../../../src/store/range.ts';
import type { KeyValue, Revision, Store } from '../../../src/store/store.ts';
import { type CommitScript, type UnreliableStore, unreliableStore } from '../../support/unreliable-store.ts';

export const keys = openKeys('lochness/');
const counterKey = keys.config('counter');

/** A counter in a store, which is changed through the one door, and by others who don't know it. */
export interface CommitSpace {
  /** Without faults, and not counted. */
  readonly store: Store;
  /** What mutations see: its commits do as the script says. */
  readonly link: UnreliableStore;
  newContext(options?: ContextOptions): Context;
  /** What the counter says; 0 where there is none. */
  count(): Promise<number>;
  /** Another writer sets the counter to a number. */
  set(number: number): Promise<Revision>;
  /** The keys under `gateway/operations/`. */
  operations(): Promise<readonly KeyValue[]>;
  /** As many commits of others as make the history forget all that is now. */
  forget(): Promise<void>;
}

export interface ContextOptions extends Partial<OperationOptions> {
  readonly random?: () => number;
}

/** Short, so that `forget` is quick. */
const history: HistoryLimits = { revisions: 50, bytes: 1024 * 1024 };

/** Several spaces may be given one store: each changes it over a connection of its own. */
export function openCommitSpace(script: CommitScript = [], store: Store = openCommitStore()): CommitSpace {
  const link = unreliableStore(store, script);
  const read = async (start: string) => (await store.read({ ranges: [prefixRange(start)] })).results[0]?.entries ?? [];
  return {
    store,
    link,
    newContext({ random = () => 0, ...options } = {}) {
      const services = openServices({ store: link, prefix: keys.prefix, log: silentLog, now: () => new Date(0), random });
      return createContext(services, { signal: new AbortController().signal, viewer: everybody, ...options });
    },
    count: async () => Number((await read(counterKey))[0]?.value.toString() ?? '0'),
    async set(number) {
      const { revision } = await store.commit({ compares: [], writes: [put(counterKey, String(number))] });
      return revision;
    },
    operations: () => read(keys.operation('')),
    async forget() {
      const filler = { compares: [], writes: [put('filler', '')] };
      await Promise.all(Array.from({ length: history.revisions + 1 }, () => store.commit(filler)));
    },
  };
}

export function openCommitStore(): Store {
  return openMemoryStore({ log: silentLog, now: () => 1000, history });
}

/** The mutation that a root field `increment` would begin. */
export function mutationOf(context: Context, args: unknown = {}, responseName = 'increment') {
  return beginMutation(context, { field: 'increment', responseName, args });
}

/** Reads the counter and decides to add one to it; the result says what it was before. */
export async function decideToIncrement(context: Context): Promise<Change<{ before: string }>> {
  const entry = await context.snapshot.get(counterKey);
  const before = entry?.value.toString() ?? '0';
  return {
    type: 'commit',
    compares: [isStill(counterKey, entry)],
    writes: [put(counterKey, String(Number(before) + 1))],
    result: { before },
  };
}

/** Decides that the counter need not be changed. */
export async function decideToLeave(context: Context): Promise<Answer<{ before: string }>> {
  const { result } = await decideToIncrement(context);
  return { type: 'answer', result };
}

export type CounterDecision = Decision<{ before: string }>;
