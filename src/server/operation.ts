import {
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeByGraphql,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { Services } from '../context.ts';
import { GatewayError } from '../errors.ts';
import type { View } from '../store/view.ts';
import { answerError } from './answer-error.ts';
import { type AnswerExtensions, answerExtensions } from './answer-extensions.ts';
import { credentialEndOf } from './authentication.ts';
import type { Caller } from './caller.ts';
import { type ClientError, clientError } from './client-error.ts';
import type { Execute } from './execution/index.ts';
import { hideSchema, requireIntrospectionRole } from './introspection.ts';
import { type OperationCosts, refusalOfAnswer } from './limits/index.ts';
import { logOperation } from './operation-log.ts';
import { type RunResult, runOperation } from './operation-run.ts';

export interface OperationOptions {
  readonly services: Services;
  readonly execute: Execute;
  readonly costs: OperationCosts;
  /** Adds `extensions.store` to each answer. */
  readonly debugExtensions: boolean;
}

/**
 * Below a mutation's root field it is the payload that could not be read, and nobody may take that for a mutation that failed: it
 * was done.
 */
function tellIfDone(error: ClientError): ClientError {
  const isBelowRootField = error.path !== undefined && error.path.length > 1;
  return isBelowRootField ? done(error) : error;
}

function done(error: ClientError): ClientError {
  return clientError(error, { ...error.extensions, outcome: 'DONE' });
}

interface Answered {
  readonly data: ExecutionResult['data'] | undefined;
  readonly errors: readonly ClientError[];
}

/** The same, unless it is longer than an answer may be. Of several mutations it still says which were not done. */
function cutToLimit(answer: Answered, isMutation: boolean): Answered {
  const refused = refusalOfAnswer(answer);
  if (refused === null) return answer;
  if (!isMutation) return { data: null, errors: [refused] };
  return { data: null, errors: [...answer.errors.filter(({ path }) => path?.length === 1), done(refused)] };
}

export interface PerformOptions extends OperationOptions {
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  /** One that is pinned already. Default: a new one, pinned by the first read. */
  readonly view?: View;
  /** Since when its caller waits, by `performance.now()`. Default: now. */
  readonly startedAt?: number;
}

export interface Performed {
  readonly result: ExecutionResult;
  /** Whether whoever asks the same at the same revision is to be answered the same. */
  readonly isRepeatable: boolean;
}

/** Runs one operation, unless it is refused, and makes its answer and its log line. */
export async function performOperation({ services, ...options }: PerformOptions): Promise<Performed> {
  const { args, caller, debugExtensions, costs, startedAt = performance.now(), ...others } = options;
  const log = services.log.child({ requestId: caller.requestId });
  const operation = getOperationAST(args.document, args.operationName);
  // A mutation that was begun is finished, though its credential ends: else its client would not know what became of it.
  const isMutation = operation?.operation === OperationTypeNode.MUTATION;
  const signal = isMutation ? caller.clientSignal : caller.signal;
  // An agent is refused most of what it asks for: that is no reason to give up plans that others need.
  const execute = caller.viewer.role === 'agent' ? executeByGraphql : options.execute;
  const runOptions = { ...others, execute, args, caller: { ...caller, signal }, services: { ...services, log } };

  const cost = costs.of(args);
  const refused = refusalOf(args, caller) ?? costs.refusalOf(cost) ?? caller.charge?.(cost) ?? null;
  const run = refused === null ? await runOperation(runOptions) : unbegun(refused);
  const { restarted } = run;
  const { account, data: found, errors: raised } = cutShort(signal) ?? run;

  // Nobody reads the errors of an operation that was given up; most of them only say that it was.
  const met = isGone(signal) ? [] : raised.map((error) => answerError(error, { log, newId: services.newId }));
  const told = hideSchema(met, caller.viewer);
  const { data, errors } = cutToLimit({ data: found, errors: isMutation ? told.map(tellIfDone) : told }, isMutation);
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
function cutShort(signal: AbortSignal): RunResult | null {
  const end = credentialEndOf(signal);
  return end === null ? null : unbegun(end);
}

function unbegun(refused: unknown): RunResult {
  return { account: null, errors: [refused], restarted: false };
}

function isGone(signal: AbortSignal): boolean {
  return signal.aborted && credentialEndOf(signal) === null;
}
