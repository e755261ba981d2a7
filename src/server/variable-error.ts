import {
  coerceInputValue,
  type ExecutionArgs,
  type GraphQLError,
  getOperationAST,
  isInputType,
  Kind,
  typeFromAST,
} from 'graphql';
import { gatewayErrorIn } from './answer-error.ts';
import { type ClientError, isClientError } from './client-error.ts';
import { inputError } from './request-error.ts';

/**
 * Of each error about the value of a variable, which field of that value is wrong: where `$input` is a whole input object, that its
 * `cidr` is. The executor says it in its message alone, so the values are looked at again, in the same order.
 */
export function nameVariableFields(errors: readonly unknown[], args: ExecutionArgs): readonly unknown[] {
  if (!errors.some(isAboutVariable)) return errors;
  const fields = wrongFields(args);
  return errors.map((error) => (isAboutVariable(error) ? named(error, fields) : error));
}

type FieldsByVariable = ReadonlyMap<string, (string | null)[]>;

/** For each variable, one for each error: the last name on the way to the wrong value; null where that is the variable itself. */
function wrongFields({ schema, document, operationName, variableValues }: ExecutionArgs): FieldsByVariable {
  const fields = new Map<string, (string | null)[]>();
  for (const { variable, type: typeNode } of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    const value = variableValues?.[name];
    if (!isInputType(type) || value === undefined) continue;
    const wrong: (string | null)[] = [];
    coerceInputValue(value, type, (path) => wrong.push(path.findLast((part) => typeof part === 'string') ?? null));
    fields.set(name, wrong);
  }
  return fields;
}

function named(error: GraphQLError, fields: FieldsByVariable): ClientError {
  const [definition] = error.nodes ?? [];
  const name = definition?.kind === Kind.VARIABLE_DEFINITION ? definition.variable.name.value : '';
  return inputError(error, fields.get(name)?.shift() ?? undefined);
}

/** One that says itself which field it is about is left alone. */
function isAboutVariable(error: unknown): error is GraphQLError {
  if (
    !(error instanceof Error) ||
    isClientError(error) ||
    gatewayErrorIn(error) !== null ||
    !('nodes' in error) ||
    !Array.isArray(error.nodes)
  )
    return false;
  return error.nodes[0]?.kind === Kind.VARIABLE_DEFINITION;
}
