import { randomUUID } from 'node:crypto';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Services } from '../../context.ts';
import type { View } from '../../store/view.ts';
import type { AnswerType } from '../answer-type.ts';
import type { Caller } from '../caller.ts';
import { type OperationOptions, performOperation } from '../operation.ts';
import { logOperation } from '../operation-log.ts';
import { bodyOf } from '../reply.ts';
import { entityTag, hashOf, isNamed } from './entity-tag.ts';
import { Flight } from './flight.ts';
import { KeptAnswers } from './kept-answers.ts';
import { openProvedView } from './proved-view.ts';
import { openReusableOperations } from './reusable-operation.ts';

/** An operation that fits the schema, and how its answer is to come. */
export interface Asked {
  readonly text: string;
  readonly args: ExecutionArgs;
  readonly operation: OperationDefinitionNode;
  readonly caller: Caller;
  readonly mediaType: AnswerType;
  /** Of a GET: what its client has already. */
  readonly ifNoneMatch?: string | undefined;
}

export type Answer =
  | { readonly type: 'RESULT'; readonly result: ExecutionResult }
  /** One that is the same for as long as its revision is the newest. */
  | { readonly type: 'TAGGED'; readonly body: Buffer; readonly tag: string }
  /** Its client has it. */
  | { readonly type: 'NOT_MODIFIED'; readonly tag: string };

export interface Answering {
  answer(asked: Asked): Promise<Answer>;
  close(): void;
}

export interface AnsweringOptions extends OperationOptions {
  readonly schema: GraphQLSchema;
}

/**
 * Answers operations, and those that were answered already at the newest revision from what was answered. That it is the newest is proved
 * for each request anew: what is saved is the execution, and not the question to the store.
 */
export function openAnswering({ schema, ...options }: AnsweringOptions): Answering {
  const { catalog } = options.services;
  const isReusable = openReusableOperations(schema);
  const kept = new KeptAnswers();
  let era = randomUUID();
  const stopListening = catalog?.memory.onChange((batch) => {
    if (batch !== null) return;
    // All was loaded anew: it may be another cluster.
    era = randomUUID();
    kept.clear();
  });

  async function perform({ args, caller }: Asked, view?: View): Promise<Answer> {
    const { result } = await performOperation({ ...options, args, caller, ...(view === undefined ? {} : { view }) });
    return { type: 'RESULT', result };
  }

  async function answer(asked: Asked): Promise<Answer> {
    const { text, args, operation, caller, mediaType, ifNoneMatch } = asked;
    // What it cost is said in each answer, and is not the same.
    if (catalog === null || options.debugExtensions || caller.wantsCost === true || !isReusable(args.document, operation))
      return perform(asked);
    const startedAt = performance.now();
    const own = new Flight();
    own.board(caller.signal);
    const view = await openProvedView(options.services, own.signal);
    const revision = view.snapshot.pinnedRevision;
    if (revision === null || !kept.reach(revision)) return perform(asked, view);

    const question = {
      text,
      operationName: args.operationName ?? null,
      variables: args.variableValues ?? {},
      role: caller.viewer.role,
    };
    const hash = hashOf(question, era);
    const tag = entityTag({ revision, hash, mediaType });
    const reuse = <T extends Answer>(reused: T): T => {
      logReused({ services: options.services, asked, view, startedAt });
      return reused;
    };
    if (isNamed(tag, ifNoneMatch)) return reuse({ type: 'NOT_MODIFIED', tag });
    const known = kept.get(hash);
    if (known !== undefined) return reuse({ type: 'TAGGED', body: known, tag });
    const flight = kept.flight(hash);
    if (flight !== null) {
      flight.board(caller.signal);
      const body = await flight.body;
      return body === null ? perform(asked, view) : reuse({ type: 'TAGGED', body, tag });
    }

    kept.depart(hash, own);
    let shared: Buffer | null = null;
    try {
      const { result, isRepeatable } = await performOperation({
        ...options,
        args,
        caller: { ...caller, signal: own.signal },
        view,
      });
      if (!isRepeatable) return { type: 'RESULT', result };
      shared = bodyOf(result);
      kept.keep(hash, { revision, body: shared });
      return { type: 'TAGGED', body: shared, tag };
    } finally {
      kept.land(hash, own);
      own.land(shared);
    }
  }

  return { answer, close: () => stopListening?.() };
}

interface Reused {
  readonly services: Services;
  readonly asked: Asked;
  readonly view: View;
  readonly startedAt: number;
}

function logReused({ services, asked: { operation, caller }, view, startedAt }: Reused): void {
  const { cost, pinnedRevision } = view.snapshot;
  logOperation({
    services,
    log: services.log.child({ requestId: caller.requestId }),
    viewer: caller.viewer,
    name: operation.name?.value ?? null,
    kind: operation.operation,
    durationMs: performance.now() - startedAt,
    revision: pinnedRevision,
    cost,
    errors: [],
    restarted: false,
    aborted: caller.signal.aborted,
    reused: true,
  });
}
