import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Services } from '../context.ts';
import type { Caller } from './caller.ts';
import { shortName } from './operation-log.ts';

export interface TracedOperation {
  readonly services: Pick<Services, 'tracer'>;
  readonly caller: Caller;
  readonly args: ExecutionArgs;
}

/**
 * Does what answers an operation in a span of its own, where operations are traced: of a subscription, what begins it. It says neither
 * the document nor the variables: they may hold what nobody else should read.
 */
export function inOperationSpan<T>({ services, caller, args }: TracedOperation, work: () => Promise<T>): Promise<T> {
  const { tracer } = services;
  if (!tracer.isOn) return work();
  const operation = getOperationAST(args.document, args.operationName);
  const kind = operation?.operation ?? 'operation';
  const name = shortName(operation?.name?.value ?? null);
  const attributes = {
    'graphql.operation.type': kind,
    ...(name === null ? {} : { 'graphql.operation.name': name }),
    'lochness.request.id': caller.requestId,
  };
  const span = { name: name === null ? kind : `${kind} ${name}`, kind: 'server', attributes } as const;
  return tracer.trace({ ...span, traceparent: caller.traceparent }, work);
}
