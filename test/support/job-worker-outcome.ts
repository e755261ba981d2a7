import { prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { invariantViolations } from './invariants.ts';
import type { Trial, TrialKind } from './job-worker-trial.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What became of a trial. */
export interface Outcome {
  /** `DONE`, or `ERROR` and why. */
  readonly end: string;
  readonly isInTime: boolean;
  /** All that the agent was ever told to do, and did or began. */
  readonly done: readonly string[];
  /** In the agent's words, and in ours; null: there is no such guest. */
  readonly agentState: string | null;
  readonly state: string | null;
}

export async function outcomeOf(cluster: Lifecycle, { guestId, jobId, agent }: Trial): Promise<Outcome> {
  const { status, error, startedAt, finishedAt } = await cluster.untilEnded(jobId);
  const { guest } = await cluster.query('query ($id: ID!) { guest(id: $id) { state } }', { id: guestId });
  const posts = agent.requests.filter(({ method, isServed }) => method === 'POST' && isServed);
  return {
    end: error === null ? status : `${status}: ${error}`,
    isInTime: startedAt !== null && finishedAt !== null && Date.parse(startedAt) <= Date.parse(finishedAt),
    done: posts.map(({ path }) => path.replace(guestId, '*')),
    agentState: agent.guests.get(guestId)?.state ?? null,
    state: guest?.state ?? null,
  };
}

const creation = ['/images', '/guests'];

/** Where all went well. */
export const goodOutcome: Readonly<Record<TrialKind, Outcome>> = {
  create: { end: 'DONE', isInTime: true, done: creation, agentState: 'running', state: 'RUNNING' },
  restart: { end: 'DONE', isInTime: true, done: [...creation, '/guests/*/restart'], agentState: 'running', state: 'RUNNING' },
  delete: { end: 'DONE', isInTime: true, done: [...creation, '/guests/*/delete'], agentState: null, state: null },
};

/** What must not be there when all jobs have ended: what breaks a rule, locks, and what guests hold that are gone. */
export async function wrongIn(store: Store, deletedGuestIds: readonly string[]): Promise<readonly string[]> {
  const prefix = 'lochness/';
  const { results } = await store.read({ ranges: [prefixRange(prefix)] });
  const stored = results[0]?.entries.map(({ key, value }) => [key.slice(prefix.length), value.toString()] as const) ?? [];
  const isHeld = ([key, value]: readonly [string, string]) =>
    /^(guests|hypervisors|subnets)\//.test(key) && deletedGuestIds.some((id) => key.includes(id) || value.includes(id));
  const wrong = stored.filter((entry) => entry[0].endsWith('.lock') || isHeld(entry));
  return [...invariantViolations(Object.fromEntries(stored)), ...wrong.map(([key]) => `${key}: it is left`)];
}
