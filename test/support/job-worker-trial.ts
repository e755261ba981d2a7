import type { SimulatedAgent } from '../../src/demo/simulated-agent.ts';
import type { Lifecycle } from './lifecycle.ts';

export const trialKinds = ['create', 'restart', 'delete'] as const;
export type TrialKind = (typeof trialKinds)[number];

const commit = ['before commit', 'after commit'];
/** `inside`: the agent has the request, and has done nothing yet. */
const post = (call: string) => [`before ${call}`, `inside ${call}`, `after ${call}`];

/** What a gateway does to the store and to the agent, from the claim of a job to its end. */
export const stepsOf: Readonly<Record<TrialKind, readonly string[]>> = {
  create: [
    ...commit, // the claim
    ...commit, // the mark that the image is about to be asked for
    ...post('fetchImage'),
    ...commit, // the agent's id of that
    ...commit, // from now on it creates the guest; with the mark that this is about to be asked for
    ...post('createGuest'),
    ...commit, // the agent's id of that
    ...commit, // the end
  ],
  restart: [...commit, ...commit, ...post('startAction'), ...commit, ...commit],
  delete: [...commit, ...commit, ...post('startAction'), ...commit, ...commit],
};

/** A job of a guest that has a hypervisor for itself. */
export interface Trial {
  readonly kind: TrialKind;
  readonly guestId: string;
  readonly jobId: string;
  readonly hypervisorId: string;
  readonly agent: SimulatedAgent;
}

/** A job of each of these kinds that nobody has begun, in a cluster with a hypervisor for each. */
export async function openTrials(cluster: Lifecycle, kinds: readonly TrialKind[]): Promise<readonly Trial[]> {
  const open = kinds.map(async (kind, index): Promise<Trial> => {
    const agent = cluster.agents[index];
    const hypervisorId = cluster.hypervisorIds[index];
    if (agent === undefined || hypervisorId === undefined) throw new Error(`There are only ${cluster.agents.length} hypervisors`);
    const { guestId } = await cluster.createGuest({ place: false });
    return { kind, guestId, jobId: '', hypervisorId, agent };
  });
  const trials = await Promise.all(open);
  const jobs = cluster.startJobs();
  const there = trials.filter(({ kind }) => kind !== 'create');
  await Promise.all(there.map(async (trial) => cluster.untilEnded(await place(cluster, trial))));
  await jobs.close();
  return Promise.all(trials.map(async (trial) => ({ ...trial, jobId: await begin(cluster, trial) })));
}

async function place(cluster: Lifecycle, { guestId, hypervisorId }: Trial): Promise<string> {
  const { placeGuest } = await cluster.query(
    'mutation ($guestId: ID!, $hypervisorId: ID!) { placeGuest(guestId: $guestId, hypervisorId: $hypervisorId) { job { id } } }',
    { guestId, hypervisorId },
  );
  return placeGuest.job.id;
}

async function begin(cluster: Lifecycle, trial: Trial): Promise<string> {
  if (trial.kind === 'create') return place(cluster, trial);
  const field = trial.kind === 'delete' ? 'deleteGuest(id: $id)' : 'guestAction(guestId: $id, action: RESTART)';
  const { begun } = await cluster.query(`mutation ($id: ID!) { begun: ${field} { job { id } } }`, { id: trial.guestId });
  return begun.job.id;
}
