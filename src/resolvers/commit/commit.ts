import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { GatewayError, hasErrorCode } from '../../errors.ts';
import { LeaseNotFoundError, type Revision } from '../../store/store.ts';
import type { Change, Decide, Result } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { commitChange, commitStep } from './once.ts';
import { answerAgain, getEarlier } from './repetition.ts';

/** How often a mutation is decided, when others change what it rests on. */
export const attemptLimit = 10;
/** A mutation of more steps has some 100,000 links to remove. */
export const stepLimit = 1000;
const firstPauseMs = 4;
const longestPauseMs = 250;

/** `revision` is that of the commit; where nothing had to be changed, the one at which that was seen. */
export type Committed<R extends Result> = R & { readonly revision: Revision };

/**
 * The one door through which all mutations commit. It decides from a new view, commits what was decided in one guarded
 * transaction, and when that is refused, because something changed that the decision rested on, it looks again and decides again,
 * `attemptLimit` times at most; then CONFLICT. Afterwards the context's view is that of the commit.
 *
 * The transaction puts `gateway/operations/<name>` with the result. By this key the outcome is found when the connection breaks
 * (see store/outcome.ts), and a request that is repeated with its idempotency key is answered like the first one.
 */
export async function commit<R extends Result>(mutation: Mutation, decide: Decide<R>): Promise<Committed<R>> {
  let attempt = 0;
  let steps = 0;
  while (attempt < attemptLimit && steps < stepLimit) {
    if (attempt > 0) await pause(mutation.context, attempt);
    const ending = await tryObserved(mutation, decide, attempt);
    if (ending === 'overtaken') attempt++;
    else if (ending === 'stepped') {
      steps++;
      attempt = 0;
    } else return ending;
  }
  throw new GatewayError(
    'CONFLICT',
    steps === 0
      ? `Others changed what this depends on ${attemptLimit} times while it was tried: nothing was changed; try it again`
      : `There was more to remove than could be removed at once: ${steps} parts of it are gone; repeat the request to go on`,
  );
}

async function tryObserved<R extends Result>(mutation: Mutation, decide: Decide<R>, attempt: number): Promise<Ending<R>> {
  const { field, context } = mutation;
  const { commits } = context.observer;
  try {
    const ending = await tryOnce(mutation, decide, attempt);
    commits.attempted(field, typeof ending === 'string' ? ending : 'done');
    return ending;
  } catch (error) {
    commits.attempted(field, 'failed');
    throw error;
  }
}

/** `overtaken`: the world changed before the commit, so that nothing was. */
type Ending<R extends Result> = Committed<R> | 'stepped' | 'overtaken';

async function tryOnce<R extends Result>(mutation: Mutation, decide: Decide<R>, attempt: number): Promise<Ending<R>> {
  const { context } = mutation;
  context.lookAgain();
  try {
    const earlier = await getEarlier(mutation);
    if (earlier !== null) return await answerAgain<R>(mutation, earlier);
    const decision = await decide(context, attempt);
    if (decision.type === 'step') return (await commitStep(context, decision)).outcome === 'refused' ? 'overtaken' : 'stepped';
    if (decision.type === 'commit') return await carryOut(mutation, decision);
    // Whoever repeats the request, maybe after others changed the same, asks for this answer and not for a change.
    const { result, isKept = true } = decision;
    if (mutation.isRepeatable && isKept) return await carryOut(mutation, { type: 'commit', compares: [], writes: [], result });
    return { ...result, revision: await context.snapshot.revision() };
  } catch (error) {
    if (isOvertaken(error)) return 'overtaken';
    throw error;
  }
}

async function carryOut<R extends Result>(mutation: Mutation, change: Change<R>): Promise<Ending<R>> {
  const done = await commitChange(mutation, change);
  if (done.outcome === 'refused') return 'overtaken';
  if (done.outcome === 'repeated') return answerAgain<R>(mutation, done.token);
  mutation.context.lookAgain(done.revision);
  return { ...change.result, revision: done.revision };
}

/** The history that the view reads was compacted; or a lease ended that a key was to stay under, and that key with it. */
function isOvertaken(error: unknown): boolean {
  return hasErrorCode(error, 'REVISION_COMPACTED') || error instanceof LeaseNotFoundError;
}

/** Those that met each other must not meet again. */
async function pause({ random, signal }: Context, attempt: number): Promise<void> {
  const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
  await sleep(longestMs * random(), undefined, { signal });
}
