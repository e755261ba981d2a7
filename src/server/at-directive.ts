import { type ExecutionArgs, getDirectiveValues, getOperationAST, getVariableValues } from 'graphql';
import { atDirectiveName } from '../schema/index.ts';
import type { Revision } from '../store/store.ts';

/** Each error prints the whole value that it is about, and here none of them is read. */
const firstError = { maxErrors: 1 };

/**
 * The revision that an operation asks for with `@at(revision:)`, as a literal or a variable; undefined when it does not. Where
 * its variables don't fit it is undefined too: the executor coerces them again and says so.
 */
export function requestedRevision({ schema, document, operationName, variableValues }: ExecutionArgs): Revision | undefined {
  const directive = schema.getDirective(atDirectiveName);
  const operation = getOperationAST(document, operationName);
  if (!directive || !operation?.directives?.some(({ name }) => name.value === directive.name)) return undefined;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, firstError);
  if (coerced === undefined) return undefined;
  const revision = getDirectiveValues(directive, operation, coerced)?.revision;
  return typeof revision === 'number' ? revision : undefined;
}
