import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { GatewayError, hasErrorCode } from '../../errors.ts';
import { NeverDoneError } from '../../store/outcome.ts';
import { LeaseNotFoundError, type Revision } from '../../store/store.ts';
import type { Change, Decide, Result } from './decision.ts';
import type { Mutation } from './mutation.ts';
import { commitChange, commitStep, type Haste } from './once.ts';
import { answerAgain, getEarlier } from './repetition.ts';

/** How often a mutation is decided, when others change what it rests on. */
export const attemptLimit = 10;
/** A mutation of more steps has some 100,000 links to remove. */
export const stepLimit = 1000;
/** How often a mutation is decided again because its commit was lost, and how long after its beginning: an election is over by then. */
export const lossLimit = 3;
export const bridgedMs = 10_000;
const firstPauseMs = 4;
const longestPauseMs = 250;

/** `revision` is that of the commit; where nothing had to be changed, the one at which that was seen. */
export type Committed<R extends Result> = R & { readonly revision: Revision };

/**
 * The one door through which all mutations commit. It decides from a new view, commits what was decided in one guarded
 * transaction, and when that is refused, because something changed that the decision rested on, it looks again and decides again,
 * `attemptLimit` times at most; then CONFLICT. Afterwards the context's view is that of the commit.
 *
 * A commit that is on its way when etcd's leader dies may be lost without a word. So the first one is not waited for long. Once it is
 * proved that it was not done and never will be, the mutation is decided again from a new view, like after a lost race: `lossLimit`
 * times at most, not later than `bridgedMs`, and only while the client is there. Then the client is told that nothing was changed. A
 * commit behind a loss is waited for as long as the store does, so that a slow store gets to do it. What is not proved is never decided
 * again, for it could be done twice: where the outcome stays unknown the client is told that. Nor is what the store has no space for.
 *
 * The transaction puts `gateway/operations/<name>` with the result. By this key the outcome is found when the connection breaks
 * (see store/outcome.ts), and a request that is repeated with its idempotency key is answered like the first one.
 */
export async function commit<R extends Result>(mutation: Mutation, decide: Decide<R>): Promise<Committed<R>> {
  let trial = firstTrial();
  let steps = 0;
  while (trial.attempt < attemptLimit && steps < stepLimit) {
    const decided = trial.attempt + trial.losses;
    if (decided > 0) await pause(mutation.context, decided);
    const ending = await tryObserved(mutation, decide, trial).catch((error: unknown) => {
      throw steps > 0 && isNothingChanged(error) ? partlyDone(steps, error) : error;
    });
    if (ending === 'stepped') {
      steps++;
      trial = firstTrial();
    } else if (ending === 'overtaken') trial = { ...trial, attempt: trial.attempt + 1 };
    else if (ending === 'lost') trial = { ...trial, losses: trial.losses + 1 };
    else return traced(mutation.context, ending);
  }
  throw new GatewayError(
    'CONFLICT',
    steps === 0
      ? `Others changed what this depends on ${attemptLimit} times while it was tried: nothing was changed; try it again`
      : `There was more to remove than could be removed at once: ${steps} parts of it are gone; repeat the request to go on`,
  );
}

/** So it says of itself; of the steps before it knows nothing. */
function isNothingChanged(error: unknown): boolean {
  return hasErrorCode(error, 'STORE_UNAVAILABLE') && error.details.outcome === undefined;
}

function partlyDone(steps: number, cause: unknown): GatewayError {
  const message = `The store could not go on when ${steps} parts of what is to be removed were gone; repeat the request to go on`;
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}

/** By the id of its job one finds the trace in which what was asked for is done. */
function traced<R extends Result>({ tracer }: Context, committed: Committed<R>): Committed<R> {
  const { jobId } = committed;
  if (typeof jobId === 'string') tracer.current()?.append('lochness.job.id', jobId);
  return committed;
}

interface Trial {
  /** How often it was overtaken before; like the rest of this, since its last step. */
  readonly attempt: number;
  /** How often its commit was lost before. */
  readonly losses: number;
  /** A commit that is lost later is not tried again. On the clock of `performance.now()`. */
  readonly bridgedUntil: number;
}

function firstTrial(): Trial {
  return { attempt: 0, losses: 0, bridgedUntil: performance.now() + bridgedMs };
}

async function tryObserved<R extends Result>(mutation: Mutation, decide: Decide<R>, trial: Trial): Promise<Ending<R>> {
  const { field, context } = mutation;
  const { commits } = context.observer;
  try {
    const ending = await tryOnce(mutation, decide, trial);
    commits.attempted(field, typeof ending === 'string' ? ending : 'done');
    return ending;
  } catch (error) {
    commits.attempted(field, 'failed');
    throw error;
  }
}

/** `overtaken`: the world changed before the commit, so that nothing was. `lost`: it was sent, was not done, and never will be. */
type Ending<R extends Result> = Committed<R> | 'stepped' | 'overtaken' | 'lost';

async function tryOnce<R extends Result>(mutation: Mutation, decide: Decide<R>, trial: Trial): Promise<Ending<R>> {
  const { context } = mutation;
  const isHasty = trial.losses === 0;
  context.lookAgain();
  try {
    const earlier = await getEarlier(mutation);
    if (earlier !== null) return await answerAgain<R>(mutation, earlier);
    const decision = await decide(context, trial.attempt);
    if (decision.type === 'step') {
      const { outcome } = await commitStep(context, { ...decision, isHasty });
      return outcome === 'refused' ? 'overtaken' : 'stepped';
    }
    if (decision.type === 'commit') return await carryOut(mutation, { ...decision, isHasty });
    // Whoever repeats the request, maybe after others changed the same, asks for this answer and not for a change.
    const { result, isKept = true } = decision;
    if (mutation.isRepeatable && isKept) {
      return await carryOut(mutation, { type: 'commit', compares: [], writes: [], result, isHasty });
    }
    return { ...result, revision: await context.snapshot.revision() };
  } catch (error) {
    if (isOvertaken(error)) return 'overtaken';
    if (error instanceof NeverDoneError && mayBeginAgain(context, trial)) return 'lost';
    throw error;
  }
}

async function carryOut<R extends Result>(mutation: Mutation, change: Change<R> & Haste): Promise<Ending<R>> {
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

function mayBeginAgain({ signal }: Context, { losses, bridgedUntil }: Trial): boolean {
  return !signal.aborted && losses < lossLimit && performance.now() < bridgedUntil;
}

/** Those that met each other must not meet again. */
async function pause({ random, signal }: Context, attempt: number): Promise<void> {
  const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
  await sleep(longestMs * random(), undefined, { signal });
}
