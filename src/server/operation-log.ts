import type { GraphQLError } from 'graphql';
import type { Viewer } from '../auth/index.ts';
import type { Services } from '../context.ts';
import type { Logger } from '../log.ts';
import type { OperationKind } from '../observer.ts';
import type { ReadCost, Revision } from '../store/store.ts';
import type { Caller } from './caller.ts';
import type { RefusalLog } from './limits/index.ts';

/** A name is the client's own text; a longer one is cut in the log. */
const loggedNameLength = 128;

export interface FinishedOperation {
  /** Who asked for it. */
  readonly viewer: Viewer;
  /** Is told of it too. */
  readonly services: Pick<Services, 'observer' | 'tracer'>;
  /** Carries the request's id. */
  readonly log: Logger;
  readonly name: string | null;
  readonly kind: OperationKind | null;
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
export function logOperation(finished: FinishedOperation): void {
  const { log, viewer, name, kind, durationMs, revision, cost, errors, restarted, aborted, events, reused = false } = finished;
  tellOperation(finished);
  log.info(
    {
      operation: shortName(name),
      kind,
      ...loggedViewer(viewer),
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

/** By its name, and by what tells it from others of that name. Neither is a credential. */
function loggedViewer({ id, name }: Viewer): { readonly viewer: string | null; readonly viewerId?: string | null } {
  return { viewer: shortName(name), ...(id === name ? {} : { viewerId: shortName(id) }) };
}

export function shortName(name: string | null): string | null {
  return name?.slice(0, loggedNameLength) ?? null;
}

function tellOperation({ services, name, kind, durationMs, revision, errors, aborted, reused = false }: FinishedOperation): void {
  const { observer, tracer } = services;
  const codes = errors.length === 0 ? [] : Object.keys(codesOf(errors));
  const outcome = aborted ? 'aborted' : codes.length === 0 ? 'ok' : 'error';
  observer.operations.ended({ name, kind, outcome, seconds: durationMs / 1000, codes, isReused: reused });
  if (!tracer.isOn) return;
  const span = tracer.current();
  span?.add({ 'lochness.answer.reused': reused, ...(revision === null ? {} : { 'lochness.revision': revision }) });
  const [code] = aborted ? ['ABORTED'] : codes;
  if (code !== undefined) span?.fail(code);
}

export interface Refused {
  readonly services: Pick<Services, 'log' | 'observer'>;
  readonly caller: Caller;
  readonly errors: readonly GraphQLError[];
  /** Where RATE_LIMITED is told: it is answered as often as anybody likes. */
  readonly refusals?: RefusalLog;
}

/** A document that never became an operation. */
export function logRefusedDocument(refused: Refused): void {
  logRefused(refused, 'document refused');
}

/** A request whose document was not looked at. */
export function logRefusedRequest(refused: Refused): void {
  logRefused(refused, 'request refused');
}

function logRefused({ services, caller, errors, refusals }: Refused, message: string): void {
  const codes = codesOf(errors);
  services.observer.operations.refused(Object.keys(codes));
  const fields = { requestId: caller.requestId, ...loggedViewer(caller.viewer), errors: codes };
  const code = 'RATE_LIMITED';
  if (refusals !== undefined && code in codes) refusals.tell({ message, code, fields });
  else services.log.info(fields, message);
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
