import type { OperationDefinitionNode } from 'graphql';
import type { Services } from '../../context.ts';
import type { View } from '../../store/view.ts';
import type { Caller } from '../caller.ts';
import { logOperation } from '../operation-log.ts';

export interface Reused {
  readonly services: Services;
  readonly caller: Caller;
  readonly operation: OperationDefinitionNode;
  readonly view: View;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

/** The line in the log of an operation whose answer was there. */
export function logReused({ services, caller, operation, view, startedAt }: Reused): void {
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
