import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql';
import { type Context, createContext, type Services } from '../context.ts';
import { printEventCursor } from '../store/values/event-cursor.ts';
import { answerError } from './answer-error.ts';
import type { AnswerExtensions } from './answer-extensions.ts';
import { credentialEndOf } from './authentication.ts';
import type { ClientError } from './client-error.ts';
import { answerEvent, isSourceEvent } from './event-answer.ts';
import { hideSchema } from './introspection.ts';
import { logOperation } from './operation-log.ts';
import { openResultStream, type Results } from './result-stream.ts';
import type { SharedAnswers } from './shared-answers.ts';
import { type AskedSubscription, fieldOf, refusalOf } from './subscription-document.ts';
import { coercionOptions, nameVariableFields } from './variable-error.ts';

export interface SubscriptionOptions extends AskedSubscription {
  readonly services: Services;
  readonly answers: SharedAnswers;
}

/** Answers that read the store are made while those before them are: one after the other they would wait for each read. */
const answersAhead = 4;

interface Running extends SubscriptionOptions {
  readonly startedAt: number;
  /** Of the subscription itself: events are answered in contexts of their own. */
  readonly context: Context;
}

/** An answer for each event; or the errors for which it did not begin. */
export async function runSubscription(options: SubscriptionOptions): Promise<Results | ExecutionResult> {
  const { args, caller, answers } = options;
  const services = { ...options.services, log: options.services.log.child({ requestId: caller.requestId }) };
  const context = createContext(services, { signal: caller.signal, viewer: caller.viewer });
  const running = { services, args, caller, answers, context, startedAt: performance.now() };

  const refused = refusalOf(options);
  const source =
    refused === null ? await openSource({ ...args, contextValue: context, options: coercionOptions }) : { errors: [refused] };
  if (!(Symbol.asyncIterator in source)) {
    // Nobody reads the errors of one that was given up while it began: most of them only say that it was.
    const end = credentialEndOf(caller.signal);
    const raised = end !== null ? [end] : caller.signal.aborted ? [] : nameVariableFields(source.errors ?? [], args);
    const found = raised.map((error) => answerError(error, services));
    const errors = hideSchema(found, caller.viewer);
    report(running, { errors, events: 0, aborted: false });
    return { errors };
  }
  const events = source[Symbol.asyncIterator]();
  const question = answers.questionOf(args);
  let count = 0;
  async function next(): Promise<ExecutionResult | undefined> {
    try {
      const { done, value: event } = await events.next();
      if (done === true) return undefined;
      if (!isSourceEvent(event)) throw new TypeError('A subscription brought something else than an event');
      return await answers.answer(question, printEventCursor(event.cursor), () => answerEvent(options, event));
    } catch (error) {
      throw answerError(error, services);
    }
  }
  const nextInOrder = aheadOf(next, answersAhead);
  let owesCost = caller.wantsCost === true;
  const observed = services.observer.operations.beginSubscription(fieldOf(args), caller.transport);
  const results = openResultStream({
    async next() {
      const answer = await nextInOrder();
      if (answer === undefined || !owesCost) return answer;
      owesCost = false;
      return withCost(answer, options);
    },
    onResult() {
      count++;
      observed.told();
    },
    cancel: async () => events.return?.(),
    onEnd({ error, aborted }) {
      observed.end();
      report(running, { errors: error === null ? [] : [answerError(error, services)], events: count, aborted });
    },
  });
  // Nobody reads what a client asked for that went away while it began.
  if (caller.clientSignal.aborted) await results.return?.();
  return results;
}

/** The first one says it for all. It is shared with subscribers who did not ask. */
function withCost(answer: ExecutionResult, { args, costs }: SubscriptionOptions): ExecutionResult {
  if (costs === undefined) return answer;
  const cost: AnswerExtensions['cost'] = { cost: costs.of(args), limit: costs.eventLimit };
  return { ...answer, extensions: { ...answer.extensions, cost } };
}

/** Calls `next` so many times ahead of its reader, and hands out what comes in order. */
function aheadOf<T>(next: () => Promise<T>, count: number): () => Promise<T> {
  const ahead: Promise<T>[] = [];
  return () => {
    const [first = next(), ...others] = ahead.splice(0);
    ahead.push(...others);
    while (ahead.length < count) {
      const coming = next();
      // It is met when its turn comes, if ever.
      coming.catch(() => undefined);
      ahead.push(coming);
    }
    return first;
  };
}

async function openSource(args: ExecutionArgs): Promise<AsyncIterable<unknown> | { readonly errors?: readonly unknown[] }> {
  try {
    return await createSourceEventStream(args);
  } catch (error) {
    return { errors: [error] };
  }
}

interface Outcome {
  readonly errors: readonly ClientError[];
  readonly events: number;
  readonly aborted: boolean;
}

function report({ services, args, caller, context, startedAt }: Running, { errors, events, aborted }: Outcome): void {
  const operation = getOperationAST(args.document, args.operationName);
  const { revision, cost } = context.account();
  logOperation({
    services,
    log: services.log,
    viewer: caller.viewer,
    name: operation?.name?.value ?? null,
    kind: 'subscription',
    durationMs: performance.now() - startedAt,
    revision,
    cost,
    errors,
    restarted: false,
    aborted: aborted || caller.clientSignal.aborted,
    events,
  });
}
