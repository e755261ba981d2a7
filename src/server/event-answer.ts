import { setMaxListeners } from 'node:events';
import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import { gatewayItself } from '../auth/index.ts';
import { type Context, createContext, type Services } from '../context.ts';
import type { ErrorCode } from '../errors.ts';
import { answerError, gatewayErrorIn } from './answer-error.ts';
import { refusalOfAnswer } from './limits/index.ts';

export interface EventOptions {
  readonly services: Services;
  /** Of the subscription. */
  readonly args: ExecutionArgs;
}

/** What the functions behind the schema's subscriptions bring. */
export interface SourceEvent {
  readonly revision: number;
  readonly cursor: { readonly revision: number; readonly index: number | null };
}

/**
 * No subscriber's own, and never aborted: others may wait for the same answer. Whoever may subscribe may see all that an event leads to, so
 * it is the same for all of them.
 */
const { signal } = new AbortController();
setMaxListeners(0, signal);
const asked = { signal, viewer: gatewayItself };

/**
 * The answer to one event. All that it leads to is read as its commit left the store, in a view that subscribers of the same event
 * share; or as the store is now, where that revision is compacted. It waits for a store that does not answer.
 *
 * It names no warnings: what could not be read in a shared view may be what others asked for.
 */
export async function answerEvent(options: EventOptions, event: SourceEvent): Promise<ExecutionResult> {
  const { services } = options;
  const { views } = services.changes;
  for (;;) {
    const context = createContext(services, { ...asked, view: views.at(event.revision) });
    const result = await executeEvent(options, event, context);
    if (result.errors === undefined) return answerOf(options, result, context);
    // Whoever reads there next must not meet the same failure again.
    views.drop(event.revision);
    if (failedBy(result, 'STORE_UNAVAILABLE') && (await services.changes.outlast())) continue;
    const contextNow = failedBy(result, 'REVISION_COMPACTED') ? await contextOfNow(services) : null;
    if (contextNow === null) return answerOf(options, result, context);
    return answerOf(options, await executeEvent(options, event, contextNow), contextNow);
  }
}

function failedBy({ errors = [] }: ExecutionResult, code: ErrorCode): boolean {
  return errors.some((error) => gatewayErrorIn(error)?.code === code);
}

/** At a revision that is chosen, as that of the event was; null when the store does not answer. */
async function contextOfNow(services: Services): Promise<Context | null> {
  try {
    const { revision } = await services.store.read({ ranges: [] });
    return createContext(services, { ...asked, at: revision });
  } catch {
    return null;
  }
}

async function executeEvent({ args }: EventOptions, event: SourceEvent, contextValue: Context): Promise<ExecutionResult> {
  return execute({ ...args, rootValue: event, contextValue });
}

function answerOf({ services }: EventOptions, { data, errors }: ExecutionResult, context: Context): ExecutionResult {
  const answer: ExecutionResult = {
    ...(errors === undefined ? {} : { errors: errors.map((error) => answerError(error, services)) }),
    ...(data === undefined ? {} : { data }),
  };
  const refused = refusalOfAnswer(answer);
  const given = refused === null ? answer : { errors: [refused], data: null };
  return { ...given, extensions: { revision: String(context.snapshot.chosenRevision) } };
}

export function isSourceEvent(event: unknown): event is SourceEvent {
  return typeof event === 'object' && event !== null && 'revision' in event && 'cursor' in event;
}
