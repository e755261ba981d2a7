import { type ExecutionArgs, type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Context, createContext, type Services } from '../context.ts';
import { answerError, gatewayErrorIn } from './answer-error.ts';
import { answerExtensions } from './answer-extensions.ts';
import { requestedRevision } from './at-directive.ts';
import type { Caller } from './caller.ts';
import { type ClientError, clientError } from './client-error.ts';
import { logOperation } from './operation-log.ts';
import { SharedAnswers } from './shared-answers.ts';
import { runSubscription } from './subscription.ts';
import { nameVariableFields } from './variable-error.ts';

export interface OperationOptions {
  readonly services: Services;
  /** Adds `extensions.store` to each answer. */
  readonly debugExtensions: boolean;
}

/** Runs each operation in a context of its own. It needs only a Caller, so it is the same for every transport. */
export function useOperation(options: OperationOptions): Plugin<Caller> {
  const answers = new SharedAnswers();
  return {
    onExecute({ context: caller, executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => runOperation({ ...options, args, caller, execute: executeFn }));
    },
    onSubscribe({ args: { contextValue: caller }, setSubscribeFn }) {
      setSubscribeFn((args: ExecutionArgs) => runSubscription({ services: options.services, args, caller, answers }));
    },
  };
}

/**
 * Below a mutation's root field it is the payload that could not be read, and nobody may take that for a mutation that failed: it
 * was done.
 */
function tellIfDone(error: ClientError): ClientError {
  const isBelowRootField = error.path !== undefined && error.path.length > 1;
  return isBelowRootField ? clientError(error, { ...error.extensions, outcome: 'DONE' }) : error;
}

interface RunOptions extends OperationOptions {
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult;
}

interface Run {
  /** Null when the operation never began. */
  readonly context: Context | null;
  readonly data?: ExecutionResult['data'];
  readonly errors: readonly unknown[];
}

async function runOperation({ services, ...options }: RunOptions): Promise<ExecutionResult> {
  const { args, caller, debugExtensions } = options;
  const { signal, requestId } = caller;
  const startedAt = performance.now();
  const log = services.log.child({ requestId });
  const operation = getOperationAST(args.document, args.operationName);
  const runOptions = { ...options, services: { ...services, log } };

  const first = await runOnce(runOptions);
  // A mutation may have changed something: it never runs twice.
  const restarted = operation?.operation === OperationTypeNode.QUERY && !signal.aborted && lostItsRevision(first);
  const { context, data, errors: raised } = restarted ? await runOnce(runOptions) : first;

  // Nobody reads the errors of an operation that was given up; most of them only say that it was.
  const answered = signal.aborted ? [] : raised.map((error) => answerError(error, { log, newId: services.newId }));
  const errors = operation?.operation === OperationTypeNode.MUTATION ? answered.map(tellIfDone) : answered;
  const account = context?.account() ?? null;
  logOperation({
    log,
    name: operation?.name?.value ?? null,
    kind: operation?.operation ?? null,
    durationMs: performance.now() - startedAt,
    revision: account?.revision ?? null,
    cost: account?.cost ?? null,
    errors,
    restarted,
    aborted: signal.aborted,
  });
  const extensions = context === null ? {} : answerExtensions(context, { debug: debugExtensions });
  return {
    ...(errors.length === 0 ? {} : { errors }),
    ...(data === undefined ? {} : { data }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions: { ...extensions } }),
  };
}

async function runOnce({ args, services, caller, execute }: RunOptions): Promise<Run> {
  try {
    const at = requestedRevision(args);
    const { signal, idempotencyKey } = caller;
    const context = createContext(services, { signal, idempotencyKey, ...(at === undefined ? {} : { at }) });
    const { data, errors = [] } = await execute({ ...args, contextValue: context });
    // An operation that read nothing has not proved yet that the revision it asked for exists.
    if (at !== undefined && context.snapshot.pinnedRevision === null && errors.length === 0) await context.snapshot.revision();
    return { context, ...(data === undefined ? {} : { data }), errors: nameVariableFields(errors, args) };
  } catch (error) {
    return { context: null, errors: [error] };
  }
}

/** The store compacted the revision while the operation read at it. Whoever chose the revision must hear of it instead. */
function lostItsRevision({ context, errors }: Run): boolean {
  if (context === null || context.snapshot.isHistorical) return false;
  return errors.some((error) => gatewayErrorIn(error)?.code === 'REVISION_COMPACTED');
}
