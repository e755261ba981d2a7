import type { Context } from '../../context.ts';
import type { DirectoryKind } from '../../store/keys.ts';
import type { Compare, LeaseId, Write } from '../../store/store.ts';

/**
 * What a mutation answers: ids and plain values, from which its payload is read at the commit's revision. It is kept as JSON with
 * the operation, so that a repeated request is answered the same.
 */
export type Result = Readonly<Record<string, string | boolean | null>>;

/** A node that what is written refers to: whoever deletes it at the same time must hear of it. */
export interface Reference {
  readonly kind: DirectoryKind;
  readonly id: string;
}

/** Compares everything that it rested on: it is committed only while all of that still holds. */
export interface Change<R extends Result> {
  readonly type: 'commit';
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
  /** Those that what is written refers to from now on. That they are there is for `compares` to say. */
  readonly references?: readonly Reference[];
  readonly result: R;
  /** Of the operation's own key, where nobody will ask for the result of this operation for an hour. */
  readonly operationLeaseId?: LeaseId;
}

/** A part of the work that does not fit into one commit, such as the first hundred links of a thousand. Then it is decided again. */
export interface Step {
  readonly type: 'step';
  readonly compares: readonly Compare[];
  readonly writes: readonly Write[];
}

/** There is nothing to change. For a request that may be repeated, the answer is kept like that of a change, by a commit. */
export interface Answer<R extends Result> {
  readonly type: 'answer';
  readonly result: R;
  /** False: nothing is committed at all, and a repeated request is decided anew. For a dry run, whose promise that is. */
  readonly isKept?: false;
}

export type Decision<R extends Result> = Change<R> | Step | Answer<R>;

/**
 * Reads what it needs from the context's view and decides, or refuses with a GatewayError. It is called again, with a new view,
 * when the world changed before the commit, and when its commit was lost; `attempt` says how often the world was faster. It changes
 * nothing itself.
 */
export type Decide<R extends Result> = (context: Context, attempt: number) => Promise<Decision<R>>;
