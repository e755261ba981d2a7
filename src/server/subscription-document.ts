import { type ExecutionArgs, GraphQLError, getOperationAST, Kind } from 'graphql';
import type { Caller } from './caller.ts';
import type { ClientError } from './client-error.ts';
import { notAcceptable, takesEventStream } from './event-stream.ts';
import type { OperationCosts } from './limits/index.ts';
import { validationError } from './request-error.ts';

export interface AskedSubscription {
  readonly args: ExecutionArgs;
  readonly caller: Caller;
  /** Default: whatever it costs. */
  readonly costs?: OperationCosts;
}

/** Why a subscription does not begin; null: it does. */
export function refusalOf({ args, caller, costs }: AskedSubscription): ClientError | null {
  if (!takesEventStream(caller.accept)) return notAcceptable(caller.accept);
  const roots = getOperationAST(args.document, args.operationName)?.selectionSet.selections ?? [];
  const cost = costs?.of(args) ?? 0;
  const tooExpensive = costs?.refusalOfEvents(cost) ?? null;
  if (tooExpensive !== null) return tooExpensive;
  const conditional = roots.find(({ directives = [] }) => directives.length > 0);
  if (conditional === undefined) return caller.charge?.(cost) ?? null;
  // graphql 16 lets it pass, and fails on a subscription without any field.
  const message = 'The field of a subscription has no directives: whether it begins is not to depend on one';
  return validationError(new GraphQLError(message, { nodes: [conditional] }));
}

/** Of the schema: the document was checked, and a subscription has one root field, be it in a fragment. */
export function fieldOf({ document, operationName }: ExecutionArgs): string {
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
