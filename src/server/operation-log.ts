import type { GraphQLError } from 'graphql';
import type { Logger } from '../log.ts';
import type { ReadCost, Revision } from '../store/store.ts';
import type { Caller } from './caller.ts';

/** A name is the client's own text; a longer one is cut in the log. */
const loggedNameLength = 128;

export interface FinishedOperation {
  /** Carries the request's id. */
  readonly log: Logger;
  readonly name: string | null;
  readonly kind: string | null;
  readonly durationMs: number;
  readonly revision: Revision | null;
  /** Null when the operation could not begin. */
  readonly cost: ReadCost | null;
  readonly errors: readonly GraphQLError[];
  /** Its revision was compacted while it ran, and it ran again. */
  readonly restarted: boolean;
  /** The client went away before it was done: how a subscription usually ends. */
  readonly aborted: boolean;
  /** Of a subscription: how many were told. */
  readonly events?: number;
  /** It was not executed: its answer was there, or its client had it. */
  readonly reused?: boolean;
}

/** One line an operation. Never its variables: they may hold what nobody else should read. */
export function logOperation({
  log,
  name,
  kind,
  durationMs,
  revision,
  cost,
  errors,
  restarted,
  aborted,
  events,
  reused = false,
}: FinishedOperation): void {
  log.info(
    {
      operation: name?.slice(0, loggedNameLength) ?? null,
      kind,
      durationMs: Math.round(durationMs * 10) / 10,
      revision,
      storeRequests: cost?.waves ?? 0,
      ...(log.isLevelEnabled('debug') ? { store: cost } : {}),
      ...(errors.length === 0 ? {} : { errors: codesOf(errors) }),
      ...(restarted ? { restarted } : {}),
      ...(aborted ? { aborted } : {}),
      ...(events === undefined ? {} : { events }),
      ...(reused ? { reused } : {}),
    },
    'operation',
  );
}

export interface RefusedDocument {
  readonly log: Logger;
  readonly caller: Caller;
  readonly errors: readonly GraphQLError[];
}

/** A document that never became an operation. */
export function logRefusedDocument({ log, caller, errors }: RefusedDocument): void {
  log.info({ requestId: caller.requestId, errors: codesOf(errors) }, 'document refused');
}

/** How often each code came up. */
function codesOf(errors: readonly GraphQLError[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { extensions } of errors) {
    const code = String(extensions.code);
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}
