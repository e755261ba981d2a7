import { randomUUID } from 'node:crypto';
import type { ExecutionArgs, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Revision } from '../../store/store.ts';
import type { View } from '../../store/view.ts';
import type { AnswerType } from '../answer-type.ts';
import type { Caller } from '../caller.ts';
import { type OperationOptions, performOperation } from '../operation.ts';
import { openProvedView } from '../proved-view.ts';
import { bodyOf } from '../reply.ts';
import { entityTag, hashOf, isNamed } from './entity-tag.ts';
import { Flight } from './flight.ts';
import { KeptAnswers } from './kept-answers.ts';
import { openReusableOperations } from './reusable-operation.ts';
import { logReused } from './reused-log.ts';

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

  async function perform({ asked, ...others }: Performing): Promise<Answer> {
    const { args, caller } = asked;
    const { result } = await performOperation({ ...options, args, caller, ...others });
    return { type: 'RESULT', result };
  }

  /** For all who ask the same meanwhile. */
  async function performForAll({ asked, view, startedAt, flight, ...named }: Departing): Promise<Answer> {
    const { hash, revision, tag } = named;
    const { args, caller } = asked;
    let shared: Buffer | null = null;
    kept.depart(hash, flight);
    try {
      const shareable = { ...caller, signal: flight.signal };
      const { result, isRepeatable } = await performOperation({ ...options, args, caller: shareable, view, startedAt });
      if (!isRepeatable) return { type: 'RESULT', result };
      shared = bodyOf(result);
      kept.keep(hash, { revision, body: shared });
      return { type: 'TAGGED', body: shared, tag };
    } finally {
      kept.land(hash, flight);
      flight.land(shared);
    }
  }

  async function answer(asked: Asked): Promise<Answer> {
    const startedAt = performance.now();
    const { text, args, operation, caller, mediaType, ifNoneMatch } = asked;
    // What it cost is said in each answer, and is not the same.
    if (catalog === null || options.debugExtensions || caller.wantsCost === true || !isReusable(args.document, operation))
      return perform({ asked, startedAt });
    const own = new Flight();
    own.board(caller.signal);
    const view = await openProvedView(options.services, own.signal);
    const revision = view.snapshot.pinnedRevision;
    if (revision === null || !kept.reach(revision)) return perform({ asked, startedAt, view });

    const question = {
      text,
      operationName: args.operationName ?? null,
      variables: args.variableValues ?? {},
      role: caller.viewer.role,
    };
    const hash = hashOf(question, era);
    const tag = entityTag({ revision, hash, mediaType });
    const reuse = <T extends Answer>(reused: T): T => {
      logReused({ services: options.services, caller, operation, view, startedAt });
      return reused;
    };
    if (isNamed(tag, ifNoneMatch)) return reuse({ type: 'NOT_MODIFIED', tag });
    const known = kept.get(hash);
    if (known !== undefined) return reuse({ type: 'TAGGED', body: known, tag });
    const flight = kept.flight(hash);
    if (flight === null) return performForAll({ asked, startedAt, view, flight: own, hash, revision, tag });
    flight.board(caller.signal);
    const body = await flight.body;
    return body === null ? perform({ asked, startedAt, view }) : reuse({ type: 'TAGGED', body, tag });
  }

  return { answer, close: () => stopListening?.() };
}

interface Performing {
  readonly asked: Asked;
  readonly startedAt: number;
  readonly view?: View;
}

interface Departing {
  readonly asked: Asked;
  readonly startedAt: number;
  readonly view: View;
  readonly flight: Flight;
  readonly hash: string;
  readonly revision: Revision;
  readonly tag: string;
}
