import {
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeByGraphql,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import { type Account, createContext, type Services } from '../context.ts';
import type { View } from '../store/view.ts';
import { gatewayErrorIn } from './answer-error.ts';
import { requestedRevision } from './at-directive.ts';
import type { Caller } from './caller.ts';
import type { Execute } from './execution/index.ts';
import { openFailedView } from './proved-view.ts';
import { coercionOptions, nameVariableFields } from './variable-error.ts';

export interface RunOptions {
  readonly services: Services;
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  readonly execute: Execute;
  /** One that is pinned already. Default: a new one, pinned by the first read. */
  readonly view?: View;
}

/** What came of an operation. */
export interface RunResult {
  /** Null when the operation never began. What was not read is not known to be of any revision. */
  readonly account: Account | null;
  readonly data?: ExecutionResult['data'];
  readonly errors: readonly unknown[];
  /** Its revision was compacted while it ran, and it ran again. */
  readonly restarted: boolean;
}

/** Runs one operation in a context of its own, twice where its revision is compacted meanwhile. */
export async function runOperation(options: RunOptions): Promise<RunResult> {
  const { view: _seen, ...anew } = options;
  const { args, caller } = options;
  const first = await runOnce(options);
  // A mutation may have changed something: it never runs twice.
  const isQuery = getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.QUERY;
  const restarted = isQuery && !caller.signal.aborted && lostItsRevision(first);
  const { account, data, errors } = restarted ? await runOnce({ ...anew, execute: executeByGraphql }) : first;
  return { account, ...(data === undefined ? {} : { data }), errors, restarted };
}

interface Attempt extends Omit<RunResult, 'restarted'> {
  /** Whoever asked chose the revision. */
  readonly isHistorical: boolean;
}

async function runOnce({ args, services, caller, execute, view }: RunOptions): Promise<Attempt> {
  try {
    const at = requestedRevision(args);
    const { signal, viewer, idempotencyKey } = caller;
    const watched = view === undefined ? null : watchedView(view);
    const given = { ...(at === undefined ? {} : { at }), ...(watched === null ? {} : { view: watched.view }) };
    const context = createContext(services, { signal, viewer, idempotencyKey, ...given });
    let failure: unknown;
    const onFailure = (error: unknown): void => {
      failure = error;
    };
    const result = await execute({ ...args, contextValue: context, options: coercionOptions, onFailure });
    if (result === null && !signal.aborted) {
      const isAway = context.snapshot.pinnedRevision === null && gatewayErrorIn(failure)?.code === 'STORE_UNAVAILABLE';
      // It was waited for once: it is not asked again.
      const again = isAway ? { view: openFailedView(failure, services.keys) } : {};
      return runOnce({ args, services, caller, execute: executeByGraphql, ...again });
    }
    const { data, errors = [] } = result ?? { data: null };
    const wasRead = watched === null || watched.wasRead();
    // An operation that read nothing has not proved yet that the revision it asked for exists.
    if (at !== undefined && context.snapshot.pinnedRevision === null && errors.length === 0) await context.snapshot.revision();
    const account = wasRead ? context.account() : { ...context.account(), revision: null };
    const { isHistorical } = context.snapshot;
    return { account, ...(data === undefined ? {} : { data }), errors: nameVariableFields(errors, args), isHistorical };
  } catch (error) {
    return { account: null, errors: [error], isHistorical: false };
  }
}

/** One that was pinned beforehand tells by itself no more whether anything was read in it. */
function watchedView(view: View): { readonly view: View; readonly wasRead: () => boolean } {
  let wasRead = false;
  const watched: View = {
    get snapshot() {
      wasRead = true;
      return view.snapshot;
    },
    get loaders() {
      wasRead = true;
      return view.loaders;
    },
  };
  return { view: watched, wasRead: () => wasRead };
}

/** The store compacted the revision while the operation read at it. Whoever chose the revision must hear of it instead. */
function lostItsRevision({ account, errors, isHistorical }: Attempt): boolean {
  if (account === null || isHistorical) return false;
  return errors.some((error) => gatewayErrorIn(error)?.code === 'REVISION_COMPACTED');
}
