import {
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeByGraphql,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { type Account, type Context, createContext, type Services } from '../context.ts';
import { GatewayError } from '../errors.ts';
import type { View } from '../store/view.ts';
import { answerError, gatewayErrorIn } from './answer-error.ts';
import { type AnswerExtensions, answerExtensions } from './answer-extensions.ts';
import { requestedRevision } from './at-directive.ts';
import { credentialEndOf } from './authentication.ts';
import type { Caller } from './caller.ts';
import { type ClientError, clientError } from './client-error.ts';
import type { Execute } from './execution/index.ts';
import { requireIntrospectionRole } from './introspection.ts';
import { asksForCost, type OperationCosts } from './limits/index.ts';
import { logOperation } from './operation-log.ts';
import { inOperationSpan } from './operation-span.ts';
import { SharedAnswers } from './shared-answers.ts';
import { runSubscription } from './subscription.ts';
import { coercionOptions, nameVariableFields } from './variable-error.ts';

export interface OperationOptions {
  readonly services: Services;
  readonly execute: Execute;
  readonly costs: OperationCosts;
  /** Adds `extensions.store` to each answer. */
  readonly debugExtensions: boolean;
}

/** What Yoga knows of an operation besides. */
interface ByHttp {
  readonly params?: GraphQLParams;
}

/** Runs each operation in a context of its own. It needs only a Caller, so it is the same for every transport. */
export function useOperation(options: OperationOptions): Plugin<Caller & ByHttp> {
  const answers = new SharedAnswers();
  return {
    onExecute({ context, setExecuteFn }) {
      const caller = asksForCost(context.params?.extensions) ? { ...context, wantsCost: true } : context;
      setExecuteFn((args: ExecutionArgs) =>
        inOperationSpan({ ...options, args, caller }, async () => (await performOperation({ ...options, args, caller })).result),
      );
    },
    onSubscribe({ args: { contextValue: caller }, setSubscribeFn }) {
      setSubscribeFn((args: ExecutionArgs) =>
        inOperationSpan({ ...options, args, caller }, () => runSubscription({ ...options, args, caller, answers })),
      );
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

export interface PerformOptions extends OperationOptions {
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  /** One that is pinned already. Default: a new one, pinned by the first read. */
  readonly view?: View;
}

export interface Performed {
  readonly result: ExecutionResult;
  /** Whether whoever asks the same at the same revision is to be answered the same. */
  readonly isRepeatable: boolean;
}

interface Run {
  /** Null when the operation never began. */
  readonly context: Context | null;
  /** Null when the operation never began. What was not read is not known to be of any revision. */
  readonly account: Account | null;
  readonly data?: ExecutionResult['data'];
  readonly errors: readonly unknown[];
}

/** Runs one operation, twice where its revision is compacted meanwhile, and writes its log line. */
export async function performOperation({ services, ...options }: PerformOptions): Promise<Performed> {
  const { args, caller, debugExtensions, view, costs, ...others } = options;
  const startedAt = performance.now();
  const log = services.log.child({ requestId: caller.requestId });
  const operation = getOperationAST(args.document, args.operationName);
  // A mutation that was begun is finished, though its credential ends: else its client would not know what became of it.
  const signal = operation?.operation === OperationTypeNode.MUTATION ? caller.clientSignal : caller.signal;
  // An agent is refused most of what it asks for: that is no reason to give up plans that others need.
  const execute = caller.viewer.role === 'agent' ? executeByGraphql : options.execute;
  const runOptions = { ...others, execute, args, caller: { ...caller, signal }, debugExtensions, services: { ...services, log } };

  const cost = costs.of(args);
  const refused = refusalOf(args, caller) ?? costs.refusalOf(cost);
  const first: Run =
    refused === null
      ? await runOnce(view === undefined ? runOptions : { ...runOptions, view })
      : { context: null, account: null, errors: [refused] };
  // A mutation may have changed something: it never runs twice.
  const restarted = operation?.operation === OperationTypeNode.QUERY && !signal.aborted && lostItsRevision(first);
  const run = restarted ? await runOnce({ ...runOptions, execute: executeByGraphql }) : first;
  const { account, data, errors: raised } = cutShort(signal) ?? run;

  // Nobody reads the errors of an operation that was given up; most of them only say that it was.
  const answered = isGone(signal) ? [] : raised.map((error) => answerError(error, { log, newId: services.newId }));
  const errors = operation?.operation === OperationTypeNode.MUTATION ? answered.map(tellIfDone) : answered;
  logOperation({
    services,
    log,
    viewer: caller.viewer,
    name: operation?.name?.value ?? null,
    kind: operation?.operation ?? null,
    durationMs: performance.now() - startedAt,
    revision: account?.revision ?? null,
    cost: account?.cost ?? null,
    errors,
    restarted,
    aborted: isGone(signal),
  });
  const wantsCost = caller.wantsCost === true;
  const extensions: AnswerExtensions = {
    ...(account === null ? {} : answerExtensions(account, { debug: debugExtensions })),
    ...(wantsCost ? { cost: { cost, limit: costs.limit } } : {}),
  };
  const result = {
    ...(errors.length === 0 ? {} : { errors }),
    ...(data === undefined ? {} : { data }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions: { ...extensions } }),
  };
  const isRepeatable = errors.length === 0 && !wantsCost && !restarted && !signal.aborted && extensions.revision !== undefined;
  return { result, isRepeatable };
}

/** Why an operation does not begin. */
function refusalOf({ document }: ExecutionArgs, { viewer, signal }: Caller): GatewayError | null {
  try {
    requireIntrospectionRole(document, viewer);
    return credentialEndOf(signal);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** What becomes of an operation whose caller is no longer who it was; null: it goes on, or its client went away. */
function cutShort(signal: AbortSignal): Run | null {
  const end = credentialEndOf(signal);
  return end === null ? null : { context: null, account: null, errors: [end] };
}

function isGone(signal: AbortSignal): boolean {
  return signal.aborted && credentialEndOf(signal) === null;
}

async function runOnce({
  args,
  services,
  caller,
  execute,
  view,
}: Omit<PerformOptions, 'debugExtensions' | 'costs'>): Promise<Run> {
  try {
    const at = requestedRevision(args);
    const { signal, viewer, idempotencyKey } = caller;
    const watched = view === undefined ? null : watchedView(view);
    const given = { ...(at === undefined ? {} : { at }), ...(watched === null ? {} : { view: watched.view }) };
    const context = createContext(services, { signal, viewer, idempotencyKey, ...given });
    const result = await execute({ ...args, contextValue: context, options: coercionOptions });
    if (result === null && !signal.aborted) return runOnce({ args, services, caller, execute: executeByGraphql });
    const { data, errors = [] } = result ?? { data: null };
    const wasRead = watched === null || watched.wasRead();
    // An operation that read nothing has not proved yet that the revision it asked for exists.
    if (at !== undefined && context.snapshot.pinnedRevision === null && errors.length === 0) await context.snapshot.revision();
    const account = wasRead ? context.account() : { ...context.account(), revision: null };
    return { context, account, ...(data === undefined ? {} : { data }), errors: nameVariableFields(errors, args) };
  } catch (error) {
    return { context: null, account: null, errors: [error] };
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
function lostItsRevision({ context, errors }: Run): boolean {
  if (context === null || context.snapshot.isHistorical) return false;
  return errors.some((error) => gatewayErrorIn(error)?.code === 'REVISION_COMPACTED');
}
