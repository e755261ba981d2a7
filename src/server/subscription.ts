import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST, Kind } from 'graphql';
import { type Context, createContext, type Services } from '../context.ts';
import { printEventCursor } from '../store/values/event-cursor.ts';
import { answerError } from './answer-error.ts';
import { credentialEndOf } from './authentication.ts';
import type { Caller } from './caller.ts';
import type { ClientError } from './client-error.ts';
import { answerEvent, isSourceEvent } from './event-answer.ts';
import { notAcceptable, takesEventStream } from './event-stream.ts';
import type { OperationCosts } from './limits/index.ts';
import { logOperation } from './operation-log.ts';
import { validationError } from './request-error.ts';
import { openResultStream, type Results } from './result-stream.ts';
import type { SharedAnswers } from './shared-answers.ts';
import { coercionOptions, nameVariableFields } from './variable-error.ts';

export interface SubscriptionOptions {
  readonly services: Services;
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  readonly answers: SharedAnswers;
  /** Default: whatever it costs. */
  readonly costs?: OperationCosts;
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
    const errors = raised.map((error) => answerError(error, services));
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
  const endSubscription = services.observer.operations.beginSubscription(fieldOf(args), caller.transport);
  return openResultStream({
    async next() {
      const answer = await nextInOrder();
      if (answer !== undefined) count++;
      return answer;
    },
    cancel: async () => events.return?.(),
    onEnd({ error, aborted }) {
      endSubscription();
      report(running, { errors: error === null ? [] : [answerError(error, services)], events: count, aborted });
    },
  });
}

function refusalOf({ args, caller, costs }: SubscriptionOptions): ClientError | null {
  if (!takesEventStream(caller.accept)) return notAcceptable(caller.accept);
  const roots = getOperationAST(args.document, args.operationName)?.selectionSet.selections ?? [];
  const tooExpensive = costs?.refusalOf(costs.of(args)) ?? null;
  if (tooExpensive !== null) return tooExpensive;
  const conditional = roots.find(({ directives = [] }) => directives.length > 0);
  if (conditional === undefined) return null;
  // graphql 16 lets it pass, and fails on a subscription without any field.
  const message = 'The field of a subscription has no directives: whether it begins is not to depend on one';
  return validationError(new GraphQLError(message, { nodes: [conditional] }));
}

/** Of the schema: the document was checked, and a subscription has one root field, be it in a fragment. */
function fieldOf({ document, operationName }: ExecutionArgs): string {
  let selections = getOperationAST(document, operationName)?.selectionSet.selections;
  for (;;) {
    const [selection] = selections ?? [];
    if (selection === undefined) return 'unknown';
    if (selection.kind === Kind.FIELD) return selection.name.value;
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
    const fragment = document.definitions.find((known) => known.kind === Kind.FRAGMENT_DEFINITION && known.name.value === name);
    const inside = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragment;
    selections = inside !== undefined && 'selectionSet' in inside ? inside.selectionSet?.selections : undefined;
  }
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
