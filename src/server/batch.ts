import { setMaxListeners } from 'node:events';
import type { GraphQLParams } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import type { Answer } from './answers/index.ts';
import type { Caller } from './caller.ts';
import { tooComplex } from './limits/index.ts';
import { logRefusedRequest } from './operation-log.ts';
import { bodyOf } from './reply.ts';
import { refusal } from './request-error.ts';

/** Of the answers of a batch: they lie in memory until the last one is there. Behind so much, nothing more of it is begun. */
const batchAnswerLimitBytes = 16 * 1024 * 1024;

export interface BatchedOperation {
  readonly parameters: GraphQLParams;
  readonly caller: Caller;
}

export interface AnswerBatchOptions {
  readonly batch: readonly (() => GraphQLParams)[];
  readonly caller: Caller;
  readonly services: Services;
  /** Null for a subscription. */
  readonly answer: (operation: BatchedOperation) => Promise<Answer | null>;
}

/** One after the other, so that a mutation finds done what those before it did. Each has a snapshot of its own, and its own errors. */
export async function answerBatch({ batch, caller, services, answer }: AnswerBatchOptions): Promise<readonly Buffer[]> {
  const { idempotencyKey, signal, clientSignal } = caller;
  // Each of them listens.
  setMaxListeners(0, signal, clientSignal);
  const bodies: Buffer[] = [];
  let bytes = 0;
  for (const [index, read] of batch.entries()) {
    if (clientSignal.aborted) break;
    // The same field may be in several of them. A key that a client gives has no space in it.
    const ownKey = idempotencyKey === null ? null : `${idempotencyKey} ${index}`;
    const asking = { ...caller, idempotencyKey: ownKey };
    try {
      requireRoom(bytes);
      const answered = await answer({ parameters: read(), caller: asking });
      if (answered === null) throw notInBatch();
      bodies.push(bodyIn(answered));
    } catch (error) {
      const refused = answerError(error, services);
      logRefusedRequest({ services, caller: asking, errors: [refused] });
      bodies.push(bodyOf({ errors: [refused] }));
    }
    bytes += bodies.at(-1)?.length ?? 0;
  }
  return bodies;
}

function requireRoom(bytes: number): void {
  if (bytes <= batchAnswerLimitBytes) return;
  const counted = `The answers of the batch have ${bytes} bytes already`;
  throw tooComplex({ counted, cost: bytes, limit: batchAnswerLimitBytes, option: null, advice: 'ask for the rest by another' });
}

function notInBatch(): Error {
  return refusal({ status: 400, field: 'query', message: 'A subscription has no place in a batch: its answers come in parts' });
}

function bodyIn(answer: Answer): Buffer {
  if (answer.type === 'RESULT') return bodyOf(answer.result);
  if (answer.type === 'TAGGED') return answer.body;
  throw new Error('Nothing in a batch is asked for only if it has changed');
}
